using Recurrent.Models;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>What the user asks of a training.</summary>
internal sealed record TrainSettings
{
    /// <summary>The text's name: a dataset, a path, or - .</summary>
    public required string Text { get; init; }

    /// <summary>How the text becomes tokens.</summary>
    public required CorpusOptions Corpus { get; init; }

    /// <summary>The kind and sizes of the model; the size of its vocabulary is the text's, which is yet to be read.</summary>
    public required ModelConfiguration Model { get; init; }

    /// <summary>How the model is trained.</summary>
    public required TrainerOptions Trainer { get; init; }

    /// <summary>Threads that may work at once; null for all processors.</summary>
    public int? Threads { get; init; }

    /// <summary>The file to write; null for one named like the text.</summary>
    public string? Out { get; init; }

    /// <summary>How long after one checkpoint the next is written; null for none.</summary>
    public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>Whether a report is written beside the model.</summary>
    public bool Report { get; init; } = true;

    /// <summary>Whether to go on from a checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether the output is JSON.</summary>
    public bool Json { get; init; }
}
