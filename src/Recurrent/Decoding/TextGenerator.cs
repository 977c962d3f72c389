using System.Runtime.CompilerServices;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// Continues a text, token by token: the prompt warms up the model's state, then each token that is chosen becomes the
/// next input. It never changes, so threads may share it.
/// </summary>
/// <remarks><see cref="TextCodec.EncodePrompt"/> names what a prompt holds that the vocabulary lacks.</remarks>
public sealed class TextGenerator
{
    private const int MostTogether = 256; // texts that are read side by side; more are no faster

    private readonly Decoder _decoder;
    private readonly TextCodec _codec;
    private readonly SamplingOptions _sampling;

    /// <summary>Makes a generator.</summary>
    /// <param name="decoder">The model, frozen.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <param name="sampling">How tokens are chosen; the most likely one each time unless given.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    public TextGenerator(Decoder decoder, TextCodec codec, SamplingOptions? sampling = null)
    {
        StreamBatch.RequireFit(decoder, codec);
        (_decoder, _codec, _sampling) = (decoder, codec, sampling ?? SamplingOptions.Greedy);
    }

    /// <summary>Makes a generator of a model as it is now; one that is trained further needs another.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <param name="sampling">How tokens are chosen; the most likely one each time unless given.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    public TextGenerator(ILanguageModel model, TextCodec codec, SamplingOptions? sampling = null)
        : this((model ?? throw new ArgumentNullException(nameof(model))).CreateDecoder(), codec, sampling) { }

    /// <summary>Continues a prompt, at once.</summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more; a stop string ends the text sooner.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>
    /// The added text, without the prompt: the first of the texts that <see cref="StreamSamples"/> gives.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public string Generate(string prompt, int length, CancellationToken cancellationToken = default) =>
        string.Concat(Stream(prompt, length, cancellationToken));

    /// <summary>Continues a prompt, piece by piece as it comes.</summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more; a stop string ends the text sooner.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>Pieces of text that add up to the continuation; a token may give none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IEnumerable<string> Stream(string prompt, int length, CancellationToken cancellationToken = default) =>
        TextsOf(StreamPieces([Encode(prompt, length)], length, cancellationToken));

    /// <summary>
    /// Continues a prompt, piece by piece as it comes, computed on the thread pool by one thread at a time.
    /// </summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add, 0 or more; a stop string ends the text sooner.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The pieces that <see cref="Stream"/> gives.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IAsyncEnumerable<string> StreamAsync(
        string prompt,
        int length,
        CancellationToken cancellationToken = default
    ) => StreamPiecesAsync(Stream(prompt, length, cancellationToken), cancellationToken);

    /// <summary>
    /// Several continuations of one prompt, read side by side, piece by piece as they come. Sample i is the same text
    /// however many there are; under <see cref="SamplingOptions.Greedy"/> all are one text.
    /// </summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to add to each, 0 or more; a stop string ends a text sooner.</param>
    /// <param name="samples">How many continuations, at least 1.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>
    /// Pieces that add up to the texts: the number of the sample from 0, what is added to its text, possibly nothing,
    /// and whether it is the last of its sample, of which there is exactly one.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no sample.</exception>
    public IEnumerable<(int Sample, string Text, bool IsLast)> StreamSamples(
        string prompt,
        int length,
        int samples,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        var encoded = Encode(prompt, length).Prompt;
        return StreamPieces(
            [.. Enumerable.Range(0, samples).Select(sample => (encoded, sample))],
            length,
            cancellationToken
        );
    }

    /// <summary>
    /// The continuations of several prompts, read side by side, which is faster than one after the other. Each is the
    /// same text that <see cref="Generate"/> gives.
    /// </summary>
    /// <param name="prompts">The texts to continue; each may be empty.</param>
    /// <param name="length">Number of tokens to add to each, 0 or more; a stop string ends a text sooner.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added texts, without the prompts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IReadOnlyList<string> GenerateAll(
        IReadOnlyList<string> prompts,
        int length,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var added = new List<string>[prompts.Count];
        var encoded = new (Prompt, int)[prompts.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            (added[i], encoded[i]) = ([], Encode(prompts[i], length));
        }
        foreach (var piece in StreamPieces(encoded, length, cancellationToken))
        {
            added[piece.Sample].Add(piece.Text);
        }
        return Array.ConvertAll(added, string.Concat);
    }

    /// <summary>
    /// The likeliest continuation that a beam search finds. Of the sampling options it knows the stop strings alone,
    /// which cut the text that was found.
    /// </summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to search, 0 or more.</param>
    /// <param name="beams">Texts that are kept from token to token, at least 1, which is greedy.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added text, without the prompt.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no beam.</exception>
    public string Search(string prompt, int length, int beams, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(beams, 1);
        var encoded = Encode(prompt, length).Prompt;
        if (length == 0)
        {
            return "";
        }
        var found = new BeamSearch(_decoder, _codec, beams).Run(encoded, length, cancellationToken);
        var text = new StreamText(_codec, _sampling.StopStrings, encoded.Tokens.Span, held: "", encoded.ImpliesSpace);
        var pieces = found
            .TakeWhile(_ => !text.HasStopped)
            .Select(token => text.Add(new KnownToken(token, TokenOrigin.Chosen)));
        return string.Concat(pieces) + text.Rest([.. encoded.Tokens.Span, .. found]);
    }

    private static IEnumerable<string> TextsOf(IEnumerable<(int Sample, string Text, bool IsLast)> pieces)
    {
        foreach (var piece in pieces)
        {
            yield return piece.Text;
        }
    }

    private static async IAsyncEnumerable<string> StreamPiecesAsync(
        IEnumerable<string> stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var pieces = stream.GetEnumerator();
        while (await Task.Run(pieces.MoveNext, cancellationToken).ConfigureAwait(false))
        {
            yield return pieces.Current;
        }
    }

    private (Prompt Prompt, int Sample) Encode(string prompt, int length)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return (_codec.EncodePrompt(prompt), 0);
    }

    /// <summary>Texts side by side, of which a piece's sample is the place.</summary>
    private IEnumerable<(int Sample, string Text, bool IsLast)> StreamPieces(
        (Prompt Prompt, int Sample)[] texts,
        int length,
        CancellationToken cancellationToken
    )
    {
        if (length == 0 || texts.Length == 0)
        {
            for (var i = 0; i < texts.Length; i++)
            {
                yield return (i, "", IsLast: true);
            }
            yield break;
        }
        var batch = new StreamBatch(_decoder, _codec, Math.Min(texts.Length, MostTogether));
        var places = new Dictionary<TextStream, int>(batch.Slots);
        var next = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (; next < texts.Length && batch.FreeSlots > 0; next++)
            {
                var (prompt, sample) = texts[next];
                var options = new StreamOptions
                {
                    Length = length,
                    Sampling = _sampling,
                    Sample = sample,
                };
                places.Add(batch.Admit(prompt, options), next);
            }
            if (batch.Streams.Count == 0)
            {
                yield break;
            }
            var events = batch.Step();
            for (var i = 0; i < events.Count; i++)
            {
                var (stream, _, _, text, rest, end) = events[i];
                var place = places[stream];
                if (end is null)
                {
                    yield return (place, text, IsLast: false);
                    continue;
                }
                batch.Release(stream);
                places.Remove(stream);
                yield return (place, text + rest, IsLast: true);
            }
        }
    }
}
