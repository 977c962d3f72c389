using Recurrent.Layers;
using Recurrent.Ranges;

namespace Recurrent.Models;

/// <summary>The kind and sizes of a model, as the model file keeps them.</summary>
/// <remarks>
/// Of all options <c>rnn-scratch</c> takes the sizes of the vocabulary and of the hidden state alone.
/// </remarks>
/// <example>
/// <code>
/// var configuration = new ModelConfiguration
/// {
///     Kind = "gru",
///     VocabularySize = corpus.Vocabulary.Count,
///     HiddenSize = 512,
///     EmbeddingSize = 64,
/// };
/// </code>
/// </example>
public sealed record ModelConfiguration
{
    /// <summary>The largest accepted hidden size.</summary>
    public const int MaxHiddenSize = RecurrentOptions.MaxHiddenSize;

    /// <summary>The largest accepted number of layers.</summary>
    public const int MaxLayers = RecurrentOptions.MaxLayers;

    /// <summary>The largest accepted embedding size.</summary>
    public const int MaxEmbeddingSize = 2 * MaxHiddenSize;

    /// <summary>The largest accepted initial deviation.</summary>
    public const double MaxInitialDeviation = RecurrentOptions.MaxInitialDeviation;

    internal static readonly Bounds<int> HiddenSizes = RecurrentOptions.HiddenSizes;
    internal static readonly Bounds<int> LayerCounts = RecurrentOptions.LayerCounts;
    internal static readonly Bounds<int> EmbeddingSizes = Within.From(0, MaxEmbeddingSize);

    /// <summary>
    /// The kind of model by name: one of <see cref="LanguageModel.Kinds"/>, or a name of the caller's own for a model
    /// of the caller's own.
    /// </summary>
    public string Kind { get; init; } = RnnFromScratch.Kind;

    /// <summary>Number of vocabulary entries, at least 1.</summary>
    public required int VocabularySize
    {
        get;
        init => field = Within.AtLeast(1).Require(nameof(VocabularySize), value);
    }

    /// <summary>Number of hidden units of each layer and direction, 1 to 16,384; 512 by default.</summary>
    public int HiddenSize
    {
        get;
        init => field = HiddenSizes.Require(nameof(HiddenSize), value);
    } = 512;

    /// <summary>Number of stacked recurrent layers, 1 to 64; 1 by default.</summary>
    public int Layers
    {
        get;
        init => field = LayerCounts.Require(nameof(Layers), value);
    } = 1;

    /// <summary>
    /// Whether each layer reads the text from both ends; false by default. What such a model gives after a token
    /// depends on the tokens behind it too, so that it cannot be read left to right: it learns to copy them, and the
    /// text that it generates is worthless.
    /// </summary>
    public bool Bidirectional { get; init; }

    /// <summary>
    /// Probability that a value between two layers or before the output is dropped while training, 0 or more and below
    /// 1; 0 by default.
    /// </summary>
    public double Dropout
    {
        get;
        init => field = Within.Fraction.Require(nameof(Dropout), value);
    }

    /// <summary>Length of the learned vector of a token, 0 to 32,768; 0, the default, for one-hot input.</summary>
    public int EmbeddingSize
    {
        get;
        init => field = EmbeddingSizes.Require(nameof(EmbeddingSize), value);
    }

    /// <summary>
    /// What is added to the embedding for the last tokens and words; null, the default, for nothing. The embedding must
    /// then have a size above 0.
    /// </summary>
    public ContextFeatures? Features { get; init; }

    /// <summary>
    /// Whether the output's weights are the embedding's vectors; false by default. The embedding must then be as long
    /// as the output's input: the hidden size, or twice that where both directions are read.
    /// </summary>
    public bool TiedWeights { get; init; }

    /// <summary>
    /// Standard deviation σ of the initial weights, drawn from N(0, σ²) with biases of zero, above 0 and at most 100.
    /// Null, the default, for PyTorch's way: N(0, 1) for an embedding, U(−1/√n, 1/√n) for all else, where n is the
    /// hidden size or, for the output and for weights tied to it, the output's inputs.
    /// </summary>
    public double? InitialDeviation
    {
        get;
        init =>
            field = RecurrentOptions.Deviations.Require(
                nameof(InitialDeviation),
                value,
                RecurrentOptions.UsualDeviation
            );
    }

    /// <summary>
    /// Whatever else a model of the caller's own needs, by name, in the order given; none by default. The kinds of
    /// <see cref="LanguageModel.Kinds"/> take none.
    /// </summary>
    /// <exception cref="ArgumentException">A name is there twice, or a name or a value is null.</exception>
    public IReadOnlyList<KeyValuePair<string, string>> Options
    {
        get;
        init => field = NamedStrings.Copy(value, "model option");
    } = NamedStrings.None;

    /// <summary>The recurrent layers' options.</summary>
    internal RecurrentOptions Recurrent =>
        new()
        {
            InputSize = EmbeddingSize > 0 ? EmbeddingSize : VocabularySize,
            HiddenSize = HiddenSize,
            Layers = Layers,
            Bidirectional = Bidirectional,
            Dropout = Dropout,
            InitialDeviation = InitialDeviation,
        };

    /// <exception cref="ArgumentException">The output's weights cannot be the embedding's.</exception>
    internal void RequireTyingFits()
    {
        var features = Recurrent.OutputSize;
        if (TiedWeights && EmbeddingSize != features)
        {
            throw new ArgumentException(
                $"Tied weights need an embedding as long as the output's input, {features}, "
                    + $"and its size is {EmbeddingSize}; set EmbeddingSize to {features}, or leave TiedWeights out."
            );
        }
    }

    /// <exception cref="ArgumentException">There are features that the model cannot have.</exception>
    internal void RequireFeaturesFit()
    {
        if (Features is null)
        {
            return;
        }
        if (EmbeddingSize == 0)
        {
            throw new ArgumentException(
                "Context features are added to an embedding, and its size is 0; set EmbeddingSize to 64 for instance, "
                    + "or leave Features out."
            );
        }
        if (VocabularySize > ContextTables.MaxVocabularySize)
        {
            throw new ArgumentException(
                $"Context features can be had of {ContextTables.MaxVocabularySize:#,0} vocabulary entries, and there "
                    + $"are {VocabularySize:#,0}; leave Features out."
            );
        }
        if (Features.HasWords && Features.Letters![^1] >= VocabularySize)
        {
            throw new ArgumentException(
                $"The context features name token {Features.Letters[^1]} as a letter, and the vocabulary has "
                    + $"{VocabularySize} entries; use Vocabulary.Letters of the model's codec."
            );
        }
    }

    /// <exception cref="ArgumentException">Something is chosen that the network from scratch has not.</exception>
    internal void RequirePlain()
    {
        var plain = new ModelConfiguration
        {
            Kind = Kind,
            VocabularySize = VocabularySize,
            HiddenSize = HiddenSize,
        };
        if (this != plain)
        {
            throw new ArgumentException(
                $"The model {RnnFromScratch.Kind} has one layer in one direction over one-hot input, no dropout and "
                    + "initial "
                    + "values of its own; choose rnn, gru or lstm for more."
            );
        }
    }
}
