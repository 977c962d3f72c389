using Recurrent.Models;
using Recurrent.Tensors;
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
    private readonly TensorPool _pool = new();

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
        var tokens = _codec.EncodePrompt(prefix, out var unknown);
        if (unknown.Count > 0)
        {
            onUnknown?.Invoke(unknown);
        }
        return StreamTokens(tokens, prefix.EndsWith(' '), length, cancellationToken);
    }

    private IEnumerable<string> StreamTokens(
        int[] prefix,
        bool endsWithSpace,
        int length,
        CancellationToken cancellationToken
    )
    {
        var state = _model.InitialState(1);
        var joiner = _codec.Tokenizer.CreateJoiner();
        var read = string.Concat(prefix.Select(token => joiner.Append(_codec.Vocabulary[token])));
        // Between words a space goes without saying, so the one that ends a prefix is no token: the next word brings it.
        var spaceIsThere = endsWithSpace && !read.EndsWith(' ');
        var next = 0;
        // A model knows only what comes after a token; before any, it is asked what follows the unknown.
        foreach (var token in prefix.Length > 0 ? prefix : [StartToken])
        {
            next = Next(token, state);
        }
        for (var i = 0; i < length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = joiner.Append(_codec.Vocabulary[next]);
            yield return spaceIsThere && piece.StartsWith(' ') ? piece[1..] : piece;
            spaceIsThere = false;
            if (i < length - 1)
            {
                next = Next(next, state);
            }
        }
        yield return joiner.Flush();
    }

    private int StartToken => _codec.Vocabulary[Vocabulary.BeginningToken];

    /// <summary>Reads one token, overwrites the state and returns the most likely next token.</summary>
    private int Next(int token, ModelState state)
    {
        using var scope = _pool.OpenScope();
        using var noGradient = GradientMode.Disable();
        var (logits, after) = _model.Forward([token], 1, state);
        state.CopyFrom(after);
        return logits.ArgMax()[0];
    }
}
