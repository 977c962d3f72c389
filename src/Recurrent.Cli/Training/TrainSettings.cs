using Recurrent.Cli.Arguments;
using Recurrent.Formats;
using Recurrent.Text;

namespace Recurrent.Cli.Training;

/// <summary>The user's choices for <c>train</c>, but for what depends on the text.</summary>
internal sealed record TrainSettings
{
    /// <summary>What the user named as the text.</summary>
    public required TextNames Text { get; init; }

    /// <summary>The way in which the text becomes tokens.</summary>
    public required CorpusOptions Corpus { get; init; }

    /// <summary>The model to go on from; null to begin with one that is drawn.</summary>
    public TrainedModel? From { get; init; }

    /// <summary>The text of its own to measure on; null for a part of the text, or none.</summary>
    public string? ValidationText { get; init; }

    /// <summary>The file of that model.</summary>
    public string? FromPath { get; init; }

    /// <summary>Whether the model is to be written over the one to go on from.</summary>
    public bool ReplacesFrom =>
        FromPath is { } from && Out is { } file && Path.GetFullPath(from) == Path.GetFullPath(file);

    /// <summary>Whether what the model to go on from does not know is added to its vocabulary.</summary>
    public bool ExtendVocabulary { get; init; }

    /// <summary>Threads that may work at once; null for all processors.</summary>
    public int? Threads { get; init; }

    /// <summary>The device to train on.</summary>
    public DeviceChoice Device { get; init; }

    /// <summary>The file to write; null for one named like the text.</summary>
    public string? Out { get; init; }

    /// <summary>The time between two checkpoints; null for none.</summary>
    public TimeSpan? CheckpointInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The checkpoints that are kept, after the end too; 0 for one, until the end.</summary>
    public int Keep { get; init; }

    /// <summary>Whether a report is written next to the model.</summary>
    public bool Report { get; init; } = true;

    /// <summary>The port of a page to watch the run on; null for no page.</summary>
    public int? Watch { get; init; }

    /// <summary>The longest that ranks may take to exchange what they have; 0 for as long as they like.</summary>
    public TimeSpan ExchangeTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether only the plan is shown, and nothing is trained or written.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether samples are greedy and short, as the book's are.</summary>
    public bool IsBook { get; init; }

    /// <summary>The command line, for the report.</summary>
    public required string CommandLine { get; init; }

    /// <summary>Where training begins.</summary>
    public Resumption Resume { get; init; }

    /// <summary>Whether the output is JSON.</summary>
    public bool Json { get; init; }
}

/// <summary>What a run does with a checkpoint, and without one.</summary>
internal enum Resumption
{
    /// <summary>It begins, whatever is there.</summary>
    Never,

    /// <summary>It continues from a checkpoint, and is refused without one.</summary>
    Checkpoint,

    /// <summary>
    /// It continues where there is one, begins where there is no model either, and otherwise has ended.
    /// </summary>
    Auto,
}
