using System.Runtime.CompilerServices;
using Recurrent.Models;
using Recurrent.Ranges;
using Recurrent.Telemetry;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// Continues a text, token by token: the prompt warms up the model's state, then each token that is chosen becomes the
/// next input. It never changes, so threads may share it.
/// </summary>
/// <example>
/// <code>
/// var generator = new TextGenerator(trained.Model, trained.Codec); // or SamplingOptions of your own
/// Console.WriteLine(generator.Generate("the miller"));
/// </code>
/// </example>
/// <remarks><see cref="TextCodec.EncodePrompt"/> names what a prompt holds that the vocabulary lacks.</remarks>
public sealed class TextGenerator
{
    private const int MostTogether = 256; // texts that are read side by side; more are no faster
    private const int MostTokensOfCharacter = 4; // bytes

    private readonly Decoder _decoder;
    private readonly TextCodec _codec;
    private readonly SamplingOptions _sampling;

    /// <summary>Makes a generator.</summary>
    /// <param name="decoder">The model, frozen.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults of <see cref="SamplingOptions"/>.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    public TextGenerator(Decoder decoder, TextCodec codec, SamplingOptions? sampling = null)
    {
        StreamBatch.RequireFit(decoder, codec);
        (_decoder, _codec, _sampling) = (decoder, codec, sampling ?? new SamplingOptions());
    }

    /// <summary>Makes a generator of a model as it is now; one that is trained further needs another.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codec">How text becomes the model's tokens and back.</param>
    /// <param name="sampling">How tokens are chosen; null for the defaults of <see cref="SamplingOptions"/>.</param>
    /// <exception cref="ArgumentException">The codec's vocabulary is not as large as the model's.</exception>
    public TextGenerator(ILanguageModel model, TextCodec codec, SamplingOptions? sampling = null)
        : this((model ?? throw new ArgumentNullException(nameof(model))).CreateDecoder(), codec, sampling) { }

    /// <summary>Continues a prompt, at once.</summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">
    /// Number of tokens to add, 0 or more, or null for 300 characters; a stop string ends the text sooner.
    /// </param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>
    /// The added text, without the prompt: the first of the texts that <see cref="StreamSamples"/> gives.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public string Generate(string prompt = "", int? length = null, CancellationToken cancellationToken = default) =>
        string.Concat(Stream(prompt, length, cancellationToken));

    /// <summary>Continues a prompt, piece by piece as it comes.</summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">
    /// Number of tokens to add, 0 or more, or null for 300 characters; a stop string ends the text sooner.
    /// </param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>Pieces of text that add up to the continuation; a token may give none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IEnumerable<string> Stream(
        string prompt = "",
        int? length = null,
        CancellationToken cancellationToken = default
    ) => TextsOf(StreamPieces([(Encode(prompt, length), 0)], length, cancellationToken));

    /// <summary>
    /// Continues a prompt, piece by piece as it comes, computed on the thread pool by one thread at a time.
    /// </summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">
    /// Number of tokens to add, 0 or more, or null for 300 characters; a stop string ends the text sooner.
    /// </param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The pieces that <see cref="Stream"/> gives.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IAsyncEnumerable<string> StreamAsync(
        string prompt = "",
        int? length = null,
        CancellationToken cancellationToken = default
    ) => StreamPiecesAsync(Stream(prompt, length, cancellationToken), cancellationToken);

    /// <summary>
    /// Several continuations of one prompt, read side by side, piece by piece as they come. Sample i is the same text
    /// however many there are; under <see cref="SamplingOptions.Greedy"/> all are one text.
    /// </summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">
    /// Number of tokens to add to each, 0 or more, or null for 300 characters; a stop string ends a text sooner.
    /// </param>
    /// <param name="samples">How many continuations, at least 1.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>
    /// Pieces that add up to the texts: the number of the sample from 0, what is added to its text, possibly nothing,
    /// and whether it is the last of its sample, of which there is exactly one.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no sample.</exception>
    /// <example>
    /// <code>
    /// var texts = new string[3];
    /// foreach (var (sample, piece, _) in generator.StreamSamples("the ", length: 100, samples: 3))
    /// {
    ///     texts[sample] += piece;
    /// }
    /// </code>
    /// </example>
    public IEnumerable<(int Sample, string Text, bool IsLast)> StreamSamples(
        string prompt,
        int? length,
        int samples,
        CancellationToken cancellationToken = default
    )
    {
        Within.AtLeast(1).Require(nameof(samples), samples);
        var encoded = Encode(prompt, length);
        var pieces = StreamPieces(
            [.. Enumerable.Range(0, samples).Select(sample => (encoded, sample))],
            length,
            cancellationToken
        );
        return pieces.Select(piece => (piece.Place, piece.Text, piece.End is not null));
    }

    /// <summary>As <see cref="GenerateAll"/>, piece by piece as they come, with what the pieces are made of.</summary>
    internal IEnumerable<GeneratedPiece> StreamAll(
        IReadOnlyList<string> prompts,
        int? length,
        bool measures,
        CancellationToken cancellationToken
    ) =>
        StreamPieces(
            [.. prompts.Select((prompt, sample) => (Encode(prompt, length), sample))],
            length,
            cancellationToken,
            measures
        );

    /// <summary>
    /// The continuations of several prompts, read side by side, which is faster than one after the other. Each has
    /// draws of its own: that of prompt i is sample i of its prompt in <see cref="StreamSamples"/>.
    /// </summary>
    /// <param name="prompts">The texts to continue; each may be empty.</param>
    /// <param name="length">
    /// Number of tokens to add to each, 0 or more, or null for 300 characters; a stop string ends a text sooner.
    /// </param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added texts, without the prompts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IReadOnlyList<string> GenerateAll(
        IReadOnlyList<string> prompts,
        int? length = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(prompts);
        Within.AtLeast(0).Require(nameof(length), length ?? 0);
        var added = new List<string>[prompts.Count];
        var encoded = new (Prompt, int)[prompts.Count];
        for (var i = 0; i < encoded.Length; i++)
        {
            (added[i], encoded[i]) = ([], (Encode(prompts[i], length), i));
        }
        foreach (var piece in StreamPieces(encoded, length, cancellationToken))
        {
            added[piece.Place].Add(piece.Text);
        }
        return Array.ConvertAll(added, string.Concat);
    }

    /// <summary>
    /// The likeliest continuation that a beam search finds. Of the sampling options it knows
    /// <see cref="SamplingOptions.AllowsUnknown"/>, and the stop strings, which cut the text that was found.
    /// </summary>
    /// <param name="prompt">The text to continue; may be empty.</param>
    /// <param name="length">Number of tokens to search, 0 or more.</param>
    /// <param name="beams">Texts that are kept from token to token, at least 1, which is greedy.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The added text, without the prompt.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no beam.</exception>
    /// <example>
    /// <code>
    /// Console.WriteLine(new TextGenerator(trained.Model, trained.Codec).Search("the ", length: 40, beams: 8));
    /// </code>
    /// </example>
    public string Search(string prompt, int length, int beams, CancellationToken cancellationToken = default) =>
        Find(prompt, length, beams, cancellationToken).Text;

    /// <summary>The text of <see cref="Search"/>, whole, and why it ends there.</summary>
    internal GeneratedPiece Find(string prompt, int length, int beams, CancellationToken cancellationToken)
    {
        Within.AtLeast(1).Require(nameof(beams), beams);
        var encoded = Encode(prompt, length);
        if (length == 0)
        {
            return new(0, "", null, null, EndReason.Length);
        }
        // As a stream begins: after a line end, or else with what the training text begins with.
        int[] opening = encoded.Tokens.IsEmpty && _codec.TokenBefore is null ? [_codec.Opening] : [];
        int[] found =
        [
            .. opening,
            .. length > opening.Length
                ? new BeamSearch(_decoder, _codec, beams, MayBeChosen).Run(
                    encoded,
                    length - opening.Length,
                    cancellationToken
                )
                : [],
        ];
        var text = new StreamText(_codec, _sampling.StopStrings, encoded.Tokens.Span, held: "", encoded.ImpliesSpace);
        var pieces = found
            .TakeWhile(_ => !text.HasStopped)
            .Select(token => text.Add(new KnownToken(token, TokenOrigin.Chosen)));
        var whole = string.Concat(pieces) + text.Rest([.. encoded.Tokens.Span, .. found]);
        return new(0, whole, null, null, text.HasStopped ? EndReason.StopString : EndReason.Length);
    }

    private bool MayBeChosen(int token) =>
        _sampling.AllowsUnknown || _codec.Vocabulary.Occurring.Count == 0 || _codec.Vocabulary.Occurred(token);

    /// <summary>The number of characters (code points) of a text.</summary>
    internal static int CharactersOf(string text)
    {
        var count = 0;
        foreach (var unit in text)
        {
            count += char.IsLowSurrogate(unit) ? 0 : 1;
        }
        return count;
    }

    private static IEnumerable<string> TextsOf(IEnumerable<GeneratedPiece> pieces)
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

    private Prompt Encode(string prompt, int? length)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        Within.AtLeast(0).Require(nameof(length), length ?? 0);
        return _codec.EncodePrompt(prompt);
    }

    /// <summary>The logarithm of the probability that a model gives a token by its logits (vocabulary).</summary>
    private static double LogProbability(ReadOnlySpan<float> logits, int token)
    {
        var (highest, logSum) = Softmax.Normalizer(logits);
        return logits[token] - highest - logSum;
    }

    /// <summary>Texts side by side.</summary>
    private IEnumerable<GeneratedPiece> StreamPieces(
        (Prompt Prompt, int Sample)[] texts,
        int? length,
        CancellationToken cancellationToken,
        bool measures = false
    )
    {
        if (length == 0 || texts.Length == 0)
        {
            for (var i = 0; i < texts.Length; i++)
            {
                yield return new(i, "", null, null, EndReason.Length);
            }
            yield break;
        }
        using var operation = RecurrentTelemetry.Begin("generate");
        var batch = new StreamBatch(_decoder, _codec, Math.Min(texts.Length, MostTogether));
        try
        {
            var running = new (int Place, int Characters)[batch.Slots]; // by their rows
            var next = 0;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (; next < texts.Length && batch.FreeSlots > 0; next++)
                {
                    var (prompt, sample) = texts[next];
                    var options = new StreamOptions
                    {
                        Length = length ?? SamplingOptions.DefaultLength * MostTokensOfCharacter,
                        Sampling = _sampling,
                        Sample = sample,
                    };
                    running[batch.Admit(prompt, options).Row] = (next, 0);
                }
                if (batch.Streams.Count == 0)
                {
                    yield break;
                }
                var events = batch.Step();
                RecurrentTelemetry.GeneratedTokens.Add(events.Count);
                for (var i = 0; i < events.Count; i++)
                {
                    var (stream, token, _, text, rest, end) = events[i];
                    double? measured =
                        measures && token is { } chosen ? LogProbability(batch.LogitsOf(stream), chosen) : null;
                    var place = running[stream.Row].Place;
                    var characters = running[stream.Row].Characters += CharactersOf(text);
                    if (end is null && (length is not null || characters < SamplingOptions.DefaultLength))
                    {
                        yield return new(place, text, token, measured, End: null);
                        continue;
                    }
                    batch.Release(stream);
                    yield return new(place, text + rest, token, measured, end ?? EndReason.Length);
                }
            }
        }
        finally
        {
            batch.Close();
        }
    }
}

/// <summary>A piece of one of several texts.</summary>
/// <param name="Place">The place of the text among them.</param>
/// <param name="Text">What is added to it, possibly nothing.</param>
/// <param name="Token">The token that was chosen; null where none was.</param>
/// <param name="LogProbability">
/// The natural logarithm of the probability that the model gives the token, whatever the sampling; null unless asked
/// for.
/// </param>
/// <param name="End">Why the text has ended; null while it goes on.</param>
internal readonly record struct GeneratedPiece(
    int Place,
    string Text,
    int? Token,
    double? LogProbability,
    EndReason? End
);
