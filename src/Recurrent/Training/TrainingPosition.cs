namespace Recurrent.Training;

/// <summary>The position of a training run between two minibatches.</summary>
internal readonly record struct TrainingPosition()
{
    /// <summary>The epoch that is under way or comes next, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Minibatches trained on in this epoch.</summary>
    public long Minibatches { get; init; }

    /// <summary>Updates over all epochs.</summary>
    public long Updates { get; init; }

    /// <summary>Sum over this epoch's tokens of their losses, in nats.</summary>
    public double LossSum { get; init; }

    /// <summary>Sum over this epoch's minibatches of the gradient's norm.</summary>
    public double NormSum { get; init; }

    /// <summary>Tokens trained on in this epoch.</summary>
    public long Tokens { get; init; }

    /// <summary>Time spent on this epoch before the run was last taken up.</summary>
    public TimeSpan ElapsedBefore { get; init; }

    /// <summary>The position after one more minibatch, whose loss and norm are still to be read.</summary>
    /// <param name="tokens">Its tokens.</param>
    public TrainingPosition After(long tokens) =>
        this with
        {
            Minibatches = Minibatches + 1,
            Updates = Updates + 1,
            Tokens = Tokens + tokens,
        };

    /// <summary>The position after one more minibatch.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="result">What the step gave.</param>
    public TrainingPosition After(long tokens, StepResult result) =>
        After(tokens) with
        {
            LossSum = LossSum + (result.Loss * tokens),
            NormSum = NormSum + result.GradientNorm,
        };

    /// <summary>The epoch as far as it has come.</summary>
    /// <param name="elapsed">The time since the run was last taken up, or the epoch began.</param>
    public EpochReport ToReport(TimeSpan elapsed) =>
        new(Epoch, LossSum / Tokens, Tokens, NormSum / Minibatches, ElapsedBefore + elapsed);

    /// <summary>The beginning of the next epoch.</summary>
    public TrainingPosition NextEpoch() => new() { Epoch = Epoch + 1, Updates = Updates };
}
