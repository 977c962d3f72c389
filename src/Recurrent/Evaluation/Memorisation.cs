using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// The part of its training text that a model has memorised: the longest passage of its own writing found there.
/// </summary>
public sealed record Memorisation
{
    private const int Tokens = 1000;
    private const int MaxSearched = 20_000_000; // tokens, some seconds' work

    /// <summary>The name of the tokens, such as characters.</summary>
    public required string Unit { get; init; }

    /// <summary>Tokens that the model wrote, its prompt included.</summary>
    public required int Written { get; init; }

    /// <summary>Tokens of the longest run of that which stands in the training text.</summary>
    public required int Longest { get; init; }

    /// <summary>Tokens of the training text that were searched, from its beginning; null for all.</summary>
    public long? Searched { get; init; }

    /// <summary>Tokens of the held-out text that were looked at for comparison; 0 where there is none.</summary>
    public int HeldOut { get; init; }

    /// <summary>Tokens of the longest run of those that is found in the training text.</summary>
    public int LongestHeldOut { get; init; }

    /// <summary>The text that the model wrote before the run.</summary>
    public required string Before { get; init; }

    /// <summary>The run; empty for none.</summary>
    public required string Run { get; init; }

    /// <summary>The text that the model wrote after the run.</summary>
    public required string After { get; init; }

    /// <summary>
    /// Samples a text with the model's own probabilities and finds the longest run of that which stands in
    /// the training text; and the same of a text that it has not seen, where there is one.
    /// </summary>
    /// <param name="model">A model that reads left to right.</param>
    /// <param name="codec">Its codec.</param>
    /// <param name="trained">Its training text.</param>
    /// <param name="heldOut">The text that was held out; null for none.</param>
    /// <param name="prompt">What the model continues.</param>
    /// <param name="seed">What its choices follow from.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    internal static Memorisation Of(
        ILanguageModel model,
        TextCodec codec,
        TokenSequence trained,
        TokenSequence? heldOut,
        string prompt,
        long seed,
        CancellationToken cancellationToken = default
    )
    {
        var sampling = new SamplingOptions { Temperature = 1, Seed = seed };
        var written = new TextGenerator(model, codec, sampling).Generate(prompt, Tokens, cancellationToken);
        var text = codec.EncodePrompt(written).Tokens.ToArray();
        cancellationToken.ThrowIfCancellationRequested();
        var searched = Math.Min(trained.Length, MaxSearched);
        var training = trained.Slice(0, searched);
        var longest = LongestRun.Of(text, training);
        var unseen = heldOut?.Slice(0, Math.Min(heldOut.Length, Tokens)).ToArray() ?? [];
        // Decoded from the beginning, so that the blanks between words come at the seams too.
        var before = codec.Decode(text.AsSpan(0, longest.Start));
        var through = codec.Decode(text.AsSpan(0, longest.Start + longest.Length));
        return new Memorisation
        {
            Unit = codec.Tokenizer.Name,
            Written = text.Length,
            Longest = longest.Length,
            Searched = searched < trained.Length ? searched : null,
            HeldOut = unseen.Length,
            LongestHeldOut = unseen.Length > 0 ? LongestRun.Of(unseen, training).Length : 0,
            Before = before,
            Run = Behind(before, through),
            After = Behind(through, codec.Decode(text)),
        };
    }

    private static string Behind(string beginning, string text) => text[Math.Min(beginning.Length, text.Length)..];
}
