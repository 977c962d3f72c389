using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Ranges;

namespace Recurrent.Adaptation;

/// <summary>
/// Reads a text with a copy of a model that learns from it: after 32 tokens each a network takes a step of training on
/// them, and counts grow by every token. What it gives for the next token so depends on all of the text, and the model
/// stays as it is.
/// </summary>
/// <remarks>
/// The steps are the dynamic evaluation of Krause et al., "Dynamic evaluation of neural sequence models"
/// (https://arxiv.org/abs/1709.07432). Nothing is learned from a token before it has been predicted, so the text takes
/// as many bits as it would packed; compare them with those of compressors, which learn as they go, and not with those
/// of a model that stays as it is. The same tokens give the same logits on any number of threads and any vector width.
/// A reader serves one thread at a time.
/// </remarks>
/// <example>
/// <code>
/// var reader = AdaptiveReader.Of(trained.Model);
/// foreach (var token in trained.Codec.Encode(File.ReadAllText("my.txt")))
/// {
///     reader.Read(token);
/// }
/// Console.WriteLine(new TextGenerator(reader.Adapted(), trained.Codec).Generate("the "));
/// </code>
/// </example>
public abstract class AdaptiveReader
{
    private readonly Bounds<int> _known;

    /// <summary>Takes what every reader has.</summary>
    /// <param name="vocabularySize">Vocabulary entries V, at least 1.</param>
    private protected AdaptiveReader(int vocabularySize) =>
        (VocabularySize, _known) = (vocabularySize, Within.From(0, vocabularySize - 1));

    /// <summary>Vocabulary entries V; a token is 0 to V − 1.</summary>
    internal int VocabularySize { get; }

    /// <summary>Begins a text.</summary>
    /// <param name="model">
    /// A model that reads left to right, of one of Recurrent's kinds; of a mixture each learns, networks and counts.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The model reads from both ends, or it is of a kind of the caller's own, which cannot be copied.
    /// </exception>
    public static AdaptiveReader Of(ILanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model switch
        {
            MixedModel mixed => new AdaptingMixture(Of(mixed.First), Of(mixed.Second), mixed),
            NGramModel counts => new GrowingCounts(counts),
            _ => new AdaptingNetwork(model),
        };
    }

    /// <summary>Reads the next token, and learns from it what it says of those before.</summary>
    /// <param name="token">The token.</param>
    /// <returns>The logits (vocabulary) of the token after it; the next call overwrites them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The token is not one of the vocabulary.</exception>
    public ReadOnlySpan<float> Read(int token) =>
        ReadKnown(_known.Require("A token", token, "use the model's own codec"));

    /// <summary>
    /// The model as it is after what was read, to write with or to save; it does not change any more. A network learns
    /// from the tokens since its last step first.
    /// </summary>
    public abstract ILanguageModel Adapted();

    /// <summary><see cref="Read"/> of a token of the vocabulary.</summary>
    private protected abstract ReadOnlySpan<float> ReadKnown(int token);
}
