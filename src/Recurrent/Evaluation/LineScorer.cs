using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Telemetry;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// Measures how surprising single lines are to a model. Each is read for itself, after a line end where the model knows
/// one, else after a space; lines side by side get the bits that they get alone.
/// </summary>
/// <example>
/// <code>
/// var scorer = new LineScorer(trained);
/// var oddest = scorer.Score(File.ReadAllLines("today.log")).MaxBy(score =&gt; score.BitsPerCharacter);
/// </code>
/// </example>
public sealed class LineScorer
{
    private const int MostHeldOut = 100_000; // tokens of lines that are held out
    private const int MostTogether = 256; // lines that are read side by side; more are no faster

    private readonly Decoder _decoder;
    private readonly TextCodec _codec;
    private readonly int _before; // the token that lines follow

    /// <summary>Makes a scorer of a model as it is now; threads may share it.</summary>
    /// <param name="model">A model that reads left to right.</param>
    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    public LineScorer(TrainedModel model)
        : this(ModelEvaluator.RequireReadsForward(model).CreateDecoder(), model.Codec) { }

    /// <summary>Makes a scorer of a frozen model that reads left to right.</summary>
    internal LineScorer(Decoder decoder, TextCodec codec) =>
        (_decoder, _codec, _before) = (decoder, codec, codec.TokenBeforeMeasured);

    /// <summary>Measures lines, read side by side.</summary>
    /// <param name="lines">The lines, without their ends; maybe none.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>What each takes, in the order of the lines; 0 bits for a line of no token.</returns>
    public IReadOnlyList<LineScore> Score(IReadOnlyList<string> lines, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        MeasuredText[] texts = [.. lines.Select(line => MeasuredText.FromText(line, _codec))];
        var bits = new double[texts.Length]; // (lines)
        if (texts.Length > 0)
        {
            Read(texts, bits, cancellationToken);
        }
        return [.. texts.Select((text, i) => ScoreOf(lines[i], text, bits[i]))];
    }

    /// <summary>
    /// Measures whole lines of a text that was held out from a training run. Those with a token that the vocabulary
    /// lacks are passed over, because nobody knows any more what it was.
    /// </summary>
    /// <param name="trained">The model.</param>
    /// <param name="heldOut">The text; null for none.</param>
    /// <returns>Null where there are too few lines, and for a model that reads from both ends.</returns>
    internal static HeldOutLines? Measure(TrainedModel trained, TokenSequence? heldOut)
    {
        if (heldOut is null || trained.Model.Configuration.Bidirectional)
        {
            return null;
        }
        var tokens = heldOut.Slice(0, Math.Min(heldOut.Length, MostHeldOut)).ToArray();
        var lines = trained
            .Codec.Decode(tokens)
            .Split('\n')
            .Skip(1)
            .SkipLast(1)
            .Where(line => line.Length > 0 && !line.Contains(Vocabulary.UnknownToken, StringComparison.Ordinal))
            .ToList();
        if (lines.Count < HeldOutLines.Fewest)
        {
            return null;
        }
        double[] bits = [.. new LineScorer(trained).Score(lines).Select(score => score.BitsPerCharacter)];
        return Array.TrueForAll(bits, double.IsFinite) ? HeldOutLines.Of(bits) : null;
    }

    /// <summary>What a stream is asked that reads a line.</summary>
    internal static StreamOptions Options { get; } =
        new()
        {
            Length = 0,
            ScoresPrompt = true,
            Sampling = SamplingOptions.Greedy,
        };

    /// <summary>What a stream reads of a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="before">The token that lines follow.</param>
    internal static Prompt PromptOf(MeasuredText text, int before) => new((int[])[before, .. text.Tokens.Span]);

    /// <summary>The score of a line whose tokens take some bits, without those that spell unknown ones.</summary>
    internal static LineScore ScoreOf(string line, MeasuredText text, double bits)
    {
        var spelling = text.Spelling.Sum();
        return new(line, text.Characters, text.Unknown, bits + spelling) { SpellingBits = spelling };
    }

    private void Read(MeasuredText[] texts, double[] bits, CancellationToken cancellationToken)
    {
        using var operation = RecurrentTelemetry.Begin("score");
        RecurrentTelemetry.ScoredTokens.Add(texts.Sum(text => (long)text.Length));
        var batch = new StreamBatch(_decoder, _codec, Math.Min(texts.Length, MostTogether));
        var places = new Dictionary<TextStream, int>();
        var next = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (; next < texts.Length && batch.FreeSlots > 0; next++)
            {
                places.Add(batch.Admit(PromptOf(texts[next], _before), Options), next);
            }
            if (batch.Streams.Count == 0)
            {
                batch.Close();
                return;
            }
            foreach (var (stream, token, _, _, _, end) in batch.Step())
            {
                if (token is { } scored)
                {
                    bits[places[stream]] += Surprisal.OfToken(batch.LogitsOf(stream), scored);
                }
                if (end is not null)
                {
                    batch.Release(stream);
                    places.Remove(stream);
                }
            }
        }
    }
}

/// <summary>The number of bits that a line takes: the more, the more surprising it is.</summary>
/// <param name="Line">The line, as given.</param>
/// <param name="Characters">The number of Unicode characters in the normalized line.</param>
/// <param name="Unknown">The number of its tokens that the model's vocabulary lacks.</param>
/// <param name="Bits">
/// The number of bits that its tokens take, with those that spell out the unknown ones.
/// </param>
public sealed record LineScore(string Line, int Characters, int Unknown, double Bits)
{
    /// <summary>Those of the bits that spell out unknown tokens (see <see cref="Measurement.TokenBits"/>).</summary>
    public double SpellingBits { get; init; }

    /// <summary>Bits per character, high for an odd line; 0 for a line without characters.</summary>
    public double BitsPerCharacter => Characters > 0 ? Bits / Characters : 0;
}
