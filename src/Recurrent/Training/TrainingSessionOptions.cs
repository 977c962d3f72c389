using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>The options of a training run on this machine; nothing here changes a bit of the model.</summary>
/// <example>
/// <code>
/// var options = new TrainingSessionOptions
/// {
///     CheckpointPath = "my.checkpoint",
///     CheckpointInterval = TimeSpan.FromMinutes(5),
///     Prompts = ["the miller"],
/// };
/// </code>
/// </example>
public sealed class TrainingSessionOptions
{
    /// <summary>The largest accepted <see cref="KeptCheckpoints"/>.</summary>
    public const int MaxKeptCheckpoints = 1000;

    /// <summary>The name of the text in the model file; null, the default, for the corpus's own name.</summary>
    public string? TextName { get; init; }

    /// <summary>
    /// Beginnings that samples of the run continue, the first of them after some epochs; null, the default, for two
    /// excerpts of the text, or two empty ones where each line is an entry. A model that reads ahead cannot write and
    /// gets none.
    /// </summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>The way in which samples choose their tokens; that of every text by default.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Number of tokens of a sample, 0 or more; null, the default, for 300 characters.</summary>
    public int? SampleLength { get; init; }

    /// <summary>
    /// The checkpoint to write and to continue from; null, the default, for none. Its folder must exist.
    /// </summary>
    public string? CheckpointPath { get; init; }

    /// <summary>The time between two checkpoints, above 0; null, the default, for those on request alone.</summary>
    public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>
    /// The checkpoints that are there at most, the older ones named as the last with .1, .2 and so on; 1 by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1 or above 1,000.</exception>
    public int KeptCheckpoints
    {
        get;
        init => field = Within.From(1, MaxKeptCheckpoints).Require(nameof(KeptCheckpoints), value);
    } = 1;

    /// <summary>Where in its files the text came from, by name, for the model file; nothing by default.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Origin { get; init; } = [];

    /// <summary>
    /// Whether the run's model is written over the one that it goes on from, so that a run that continues finds that no
    /// more; false by default.
    /// </summary>
    internal bool ReplacesStart { get; init; }

    /// <summary>The device to train on; null, the default, for the default device.</summary>
    public Device? Device { get; init; }

    /// <summary>The clock; the system's by default.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Those who are told how the run goes, in this order, by rank 0 alone; none by default.</summary>
    public IReadOnlyList<ITrainingObserver> Observers { get; init; } = [];

    /// <summary>Parts of your own; those that the settings describe by default.</summary>
    public TrainingParts Parts { get; init; } = new();
}
