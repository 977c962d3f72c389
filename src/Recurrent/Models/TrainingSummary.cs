namespace Recurrent.Models;

/// <summary>
/// How a model came to be, as its file keeps it: everything that is the same for every machine, thread count and day.
/// </summary>
public sealed record TrainingSummary
{
    /// <summary>Whole epochs trained.</summary>
    public int Epochs { get; init; }

    /// <summary>Tokens trained on, over all epochs.</summary>
    public long Tokens { get; init; }

    /// <summary>Perplexity on the training text over the last whole epoch; null before its end.</summary>
    public double? Perplexity { get; init; }

    /// <summary>What the text was called: a dataset or a file name without its folder.</summary>
    public string? Text { get; init; }

    /// <summary>Hash of the text's bytes, "sha256:" and hexadecimal digits.</summary>
    public string? CorpusHash { get; init; }

    /// <summary>The training's settings by name, such as seed, batch or learning-rate, in the order given.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = [];
}
