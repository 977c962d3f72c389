namespace Recurrent.Training;

/// <summary>The contents of a checkpoint besides its tensors.</summary>
internal sealed record CheckpointRecord
{
    /// <summary>The position of the run.</summary>
    public required TrainingPosition Position { get; init; }

    /// <summary>The position that it would go back to, in the same epoch; null for where it is.</summary>
    public TrainingPosition? Good { get; init; }

    /// <summary>Each time that it went back.</summary>
    public IReadOnlyList<TrainingRecovery> Recoveries { get; init; } = [];

    /// <summary>Tokens trained on over all epochs.</summary>
    public required long TokensTrained { get; init; }

    /// <summary>Time that the run has taken so far.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The last whole epoch; null before its end.</summary>
    public EpochReport? Last { get; init; }

    /// <summary>The epoch with the lowest validation loss; null where there is none.</summary>
    public EpochReport? Best { get; init; }

    /// <summary>Tokens trained on up to the end of <see cref="Best"/>.</summary>
    public long BestTokensTrained { get; init; }

    /// <summary>The part of the learning rate that a plateau's halvings left.</summary>
    public double ScheduleScale { get; init; } = 1;

    /// <summary>The lowest loss that the schedule knows; infinite before the first.</summary>
    public double ScheduleLowestLoss { get; init; } = double.PositiveInfinity;

    /// <summary>Epochs since the loss fell.</summary>
    public int ScheduleEpochsWithoutFall { get; init; }

    /// <summary>
    /// The result of each whole epoch; the last as <see cref="Last"/> has it, the others in single precision.
    /// </summary>
    public IReadOnlyList<EpochReport> Reports { get; init; } = [];
}
