using System.Text;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Generation;

/// <summary>
/// Continues a text, token by token: the prefix warms up the model's state, then each most likely token becomes the next
/// input (greedy decoding).
/// </summary>
public sealed class TextGenerator
{
    private readonly ILanguageModel _model;
    private readonly TextCodec _codec;

    /// <summary>Makes a generator; it serves one caller at a time.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    public TextGenerator(ILanguageModel model, TextCodec codec)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(codec);
        if (model.Configuration.VocabularySize != codec.Vocabulary.Count)
        {
            throw new ArgumentException(
                $"The model has {model.Configuration.VocabularySize} vocabulary entries and the codec "
                    + $"{codec.Vocabulary.Count}; use the codec that the model was trained with.",
                nameof(codec)
            );
        }
        (_model, _codec) = (model, codec);
    }

    /// <summary>The continuation of a prefix, at once.</summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <returns>The added text, without the prefix.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public string Generate(string prefix, int length, Action<IReadOnlyList<string>>? onUnknown = null) =>
        string.Concat(Stream(prefix, length, onUnknown));

    /// <summary>The continuation of a prefix, piece by piece as it comes.</summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>Pieces of text that add up to the continuation; a token may give none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IEnumerable<string> Stream(
        string prefix,
        int length,
        Action<IReadOnlyList<string>>? onUnknown = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var tokens = Encode([prefix], onUnknown)[0];
        return StreamPieces(tokens, prefix.EndsWith(' '), length, cancellationToken);
    }

    /// <summary>
    /// The continuations of several prefixes, read side by side, which is faster than one after the other. Each is the same
    /// text that <see cref="Generate"/> gives.
    /// </summary>
    /// <param name="prefixes">The texts to continue; each may be empty.</param>
    /// <param name="length">Number of tokens to add to each, 0 or more.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of all prefixes that the vocabulary lacks, if any.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added texts, without the prefixes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IReadOnlyList<string> GenerateAll(
        IReadOnlyList<string> prefixes,
        int length,
        Action<IReadOnlyList<string>>? onUnknown = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(prefixes);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (prefixes.Count == 0)
        {
            return [];
        }
        var texts = Encode(prefixes, onUnknown)
            .Zip(prefixes, (tokens, prefix) => new Continuation(_codec, tokens, prefix.EndsWith(' ')))
            .ToArray();
        var reader = _model.CreateReader(texts.Length);
        var added = Array.ConvertAll(texts, _ => new StringBuilder());
        var left = Array.ConvertAll(texts, _ => length);
        var next = new int[texts.Length]; // (texts)
        // A shorter prefix is continued while a longer one is still read, and beyond its length until the last one is done.
        for (var steps = texts.Max(text => text.PrefixLength) + length - 1; steps > 0; steps--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < texts.Length; i++)
            {
                next[i] = texts[i].Token;
            }
            var logits = reader.Read(next);
            var vocabulary = logits.Length / texts.Length;
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i].Read(logits.Slice(i * vocabulary, vocabulary));
                if (texts[i].IsWarm && left[i]-- > 0)
                {
                    added[i].Append(texts[i].Piece());
                }
            }
        }
        return [.. texts.Zip(added, (text, builder) => builder.Append(text.Rest()).ToString())];
    }

    private int[][] Encode(IReadOnlyList<string> prefixes, Action<IReadOnlyList<string>>? onUnknown)
    {
        var tokens = new int[prefixes.Count][];
        var unknown = new List<string>();
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = _codec.EncodePrompt(prefixes[i], out var unknownHere);
            unknown.AddRange(unknownHere.Except(unknown, StringComparer.Ordinal).ToList());
        }
        if (unknown.Count > 0)
        {
            onUnknown?.Invoke(unknown);
        }
        return tokens;
    }

    private IEnumerable<string> StreamPieces(
        int[] prefix,
        bool endsWithSpace,
        int length,
        CancellationToken cancellationToken
    )
    {
        var text = new Continuation(_codec, prefix, endsWithSpace);
        var reader = _model.CreateReader(1);
        var token = new int[1];
        for (var i = 0; i < length; i++)
        {
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                token[0] = text.Token;
                text.Read(reader.Read(token));
            } while (!text.IsWarm);
            yield return text.Piece();
        }
        yield return text.Rest();
    }
}
