namespace Recurrent.Training;

/// <summary>What a checkpoint says of a training, besides its tensors.</summary>
internal sealed record CheckpointRecord
{
    /// <summary>Where the training stands.</summary>
    public required TrainingPosition Position { get; init; }

    /// <summary>Where it would go back to, in the same epoch; null for where it stands.</summary>
    public TrainingPosition? Good { get; init; }

    /// <summary>Each time that it went back.</summary>
    public IReadOnlyList<TrainingRecovery> Recoveries { get; init; } = [];

    /// <summary>Tokens trained on over all epochs.</summary>
    public required long TokensTrained { get; init; }

    /// <summary>Time that the training took so far.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The last whole epoch; null before its end.</summary>
    public EpochReport? Last { get; init; }

    /// <summary>The epoch with the lowest validation loss; null where there is none.</summary>
    public EpochReport? Best { get; init; }

    /// <summary>Tokens trained on up to the end of <see cref="Best"/>.</summary>
    public long BestTokensTrained { get; init; }

    /// <summary>What a plateau's halvings left of the learning rate.</summary>
    public double ScheduleScale { get; init; } = 1;

    /// <summary>The lowest loss that the schedule knows; infinite before the first.</summary>
    public double ScheduleLowestLoss { get; init; } = double.PositiveInfinity;

    /// <summary>Epochs since the loss fell.</summary>
    public int ScheduleEpochsWithoutFall { get; init; }

    /// <summary>
    /// What each whole epoch came to; the last as <see cref="Last"/> has it, the others in single precision.
    /// </summary>
    public IReadOnlyList<EpochReport> Reports { get; init; } = [];
}
