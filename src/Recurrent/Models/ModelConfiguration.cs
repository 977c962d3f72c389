namespace Recurrent.Models;

/// <summary>The kind and sizes of a model, as the model file keeps them.</summary>
public sealed record ModelConfiguration
{
    /// <summary>The largest accepted hidden size.</summary>
    public const int MaxHiddenSize = 16384;

    /// <summary>The kind of model by name: rnn-scratch, rnn, gru or lstm.</summary>
    public string Kind { get; init; } = RnnFromScratch.Kind;

    /// <summary>Number of vocabulary entries, at least 1.</summary>
    public required int VocabularySize
    {
        get;
        init =>
            field =
                value >= 1
                    ? value
                    : throw new ArgumentOutOfRangeException(
                        nameof(VocabularySize),
                        value,
                        "The vocabulary must have at least 1 entry."
                    );
    }

    /// <summary>Number of hidden units, 1 to 16,384; 512 by default.</summary>
    public int HiddenSize
    {
        get;
        init =>
            field = value is >= 1 and <= MaxHiddenSize
                ? value
                : throw new ArgumentOutOfRangeException(
                    nameof(HiddenSize),
                    value,
                    $"The hidden size must be 1 to {MaxHiddenSize}."
                );
    } = 512;
}
