namespace Recurrent.Training;

/// <summary>Where a training stands between two minibatches.</summary>
internal sealed record TrainingPosition
{
    /// <summary>The epoch that is under way or comes next, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Minibatches trained on in this epoch.</summary>
    public int Minibatches { get; set; }

    /// <summary>Minibatches trained on over all epochs.</summary>
    public long Steps { get; set; }

    /// <summary>Sum over this epoch's tokens of their losses, in nats.</summary>
    public double LossSum { get; set; }

    /// <summary>Sum over this epoch's minibatches of the gradient's norm.</summary>
    public double NormSum { get; set; }

    /// <summary>Tokens trained on in this epoch.</summary>
    public long Tokens { get; set; }

    /// <summary>Time spent on this epoch before the training was last taken up.</summary>
    public TimeSpan ElapsedBefore { get; init; }
}
