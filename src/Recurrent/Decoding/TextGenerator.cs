using System.Runtime.CompilerServices;
using System.Text;
using Recurrent.Models;
using Recurrent.Tensors;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// Continues a text, token by token: the prefix warms up the model's state, then each token that is chosen becomes the next
/// input.
/// </summary>
public sealed class TextGenerator
{
    private readonly ILanguageModel _model;
    private readonly TextCodec _codec;
    private readonly SamplingOptions _sampling;

    /// <summary>Makes a generator; it serves one caller at a time.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <param name="sampling">How tokens are chosen; the most likely one each time unless given.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    public TextGenerator(ILanguageModel model, TextCodec codec, SamplingOptions? sampling = null)
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
        (_model, _codec, _sampling) = (model, codec, sampling ?? SamplingOptions.Greedy);
    }

    /// <summary>The continuation of a prefix, at once.</summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more; a stop string ends the text sooner.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <returns>The added text, without the prefix: the first of the texts that <see cref="StreamSamples"/> gives.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public string Generate(string prefix, int length, Action<IReadOnlyList<string>>? onUnknown = null) =>
        string.Concat(Stream(prefix, length, onUnknown));

    /// <summary>The continuation of a prefix, piece by piece as it comes.</summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more; a stop string ends the text sooner.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>Pieces of text that add up to the continuation; a token may give none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IEnumerable<string> Stream(
        string prefix,
        int length,
        Action<IReadOnlyList<string>>? onUnknown = null,
        CancellationToken cancellationToken = default
    ) => StreamPieces(Encode(prefix, length, onUnknown), length, cancellationToken);

    /// <summary>
    /// The continuation of a prefix, piece by piece as it comes, computed on the thread pool by one thread at a time. Nothing
    /// else may read with the model meanwhile.
    /// </summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more; a stop string ends the text sooner.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The pieces that <see cref="Stream"/> gives.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IAsyncEnumerable<string> StreamAsync(
        string prefix,
        int length,
        Action<IReadOnlyList<string>>? onUnknown = null,
        CancellationToken cancellationToken = default
    ) => StreamPiecesAsync(Encode(prefix, length, onUnknown), length, cancellationToken);

    /// <summary>
    /// Several continuations of one prefix, read side by side, piece by piece as they come. Sample i is the same text
    /// however many there are; under <see cref="SamplingOptions.Greedy"/> all are one text.
    /// </summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add to each, 0 or more; a stop string ends a text sooner.</param>
    /// <param name="samples">How many continuations, at least 1.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>Pieces that add up to the texts, among them exactly one for each text that is its last.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no sample.</exception>
    public IEnumerable<SamplePiece> StreamSamples(
        string prefix,
        int length,
        int samples,
        Action<IReadOnlyList<string>>? onUnknown = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        var prompt = Encode(prefix, length, onUnknown);
        Continuation[] texts =
        [
            .. Enumerable.Range(0, samples).Select(sample => Continue(prompt, length, sample)),
        ];
        return StreamPieces(texts, cancellationToken);
    }

    /// <summary>
    /// The continuations of several prefixes, read side by side, which is faster than one after the other. Each is the same
    /// text that <see cref="Generate"/> gives.
    /// </summary>
    /// <param name="prefixes">The texts to continue; each may be empty.</param>
    /// <param name="length">Number of tokens to add to each, 0 or more; a stop string ends a text sooner.</param>
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
        var texts = Array.ConvertAll(
            Prompt.Encode(prefixes, _codec, onUnknown),
            prompt => Continue(prompt, length, sample: 0)
        );
        var added = Array.ConvertAll(texts, _ => new StringBuilder());
        foreach (var piece in StreamPieces(texts, cancellationToken))
        {
            added[piece.Sample].Append(piece.Text);
        }
        return Array.ConvertAll(added, builder => builder.ToString());
    }

    /// <summary>
    /// The likeliest continuation that a beam search finds. Of the sampling options it knows the stop strings alone, which
    /// cut the text that was found.
    /// </summary>
    /// <param name="prefix">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to search, 0 or more.</param>
    /// <param name="beams">Texts that are kept from token to token, at least 1, which is greedy.</param>
    /// <param name="onUnknown">Told once of the distinct tokens of the prefix that the vocabulary lacks, if any.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added text, without the prefix.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no beam.</exception>
    public string Search(
        string prefix,
        int length,
        int beams,
        Action<IReadOnlyList<string>>? onUnknown = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(beams, 1);
        var text = Continue(Encode(prefix, length, onUnknown), length, sample: 0);
        int[] tokens =
            length == 0
                ? []
                : new BeamSearch(_model.CreateReader(beams)).Run(text.Prefix, length, cancellationToken);
        var pieces = tokens.TakeWhile(_ => !text.IsDone).Select(text.Add);
        return string.Concat(pieces) + text.Rest();
    }

    private Prompt Encode(string prefix, int length, Action<IReadOnlyList<string>>? onUnknown)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return Prompt.Encode([prefix], _codec, onUnknown)[0];
    }

    private Continuation Continue(Prompt prompt, int length, int sample) =>
        new(_codec, prompt, length, _sampling, sample);

    private IEnumerable<SamplePiece> StreamPieces(Continuation[] texts, CancellationToken cancellationToken)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts[i].IsDone)
            {
                yield return new(i, texts[i].Rest(), IsLast: true);
            }
        }
        var reading = new SideBySide(_model.CreateReader(texts.Length), texts);
        var pieces = new string?[texts.Length]; // (texts)
        while (!reading.IsDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            reading.Step(pieces);
            for (var i = 0; i < pieces.Length; i++)
            {
                if (pieces[i] is { } piece)
                {
                    var isLast = texts[i].IsDone;
                    yield return new(i, isLast ? piece + texts[i].Rest() : piece, isLast);
                }
            }
        }
    }

    private IEnumerable<string> StreamPieces(Prompt prompt, int length, CancellationToken cancellationToken)
    {
        foreach (var piece in StreamPieces([Continue(prompt, length, sample: 0)], cancellationToken))
        {
            yield return piece.Text;
        }
    }

    private async IAsyncEnumerable<string> StreamPiecesAsync(
        Prompt prompt,
        int length,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var pieces = StreamPieces(prompt, length, cancellationToken).GetEnumerator();
        while (await Task.Run(pieces.MoveNext, cancellationToken).ConfigureAwait(false))
        {
            yield return pieces.Current;
        }
    }
}
