using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>
/// Measures how surprising single lines are to a model. Each is read for itself, after a line end where the model knows
/// one; lines side by side get the bits that they get alone.
/// </summary>
public sealed class LineScorer
{
    private const int MostTogether = 256; // lines that are read side by side; more are no faster

    private readonly Decoder _decoder;
    private readonly TextCodec _codec;
    private readonly int _before; // the token that lines follow

    /// <summary>Makes a scorer of a model as it is now; threads may share it.</summary>
    /// <param name="model">A model that reads left to right.</param>
    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    public LineScorer(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelEvaluator.RequireReadsForward(model);
        (_decoder, _codec) = (model.Model.CreateDecoder(), model.Codec);
        var vocabulary = model.Codec.Vocabulary;
        _before = vocabulary[vocabulary.Contains("\n") ? "\n" : Vocabulary.BeginningToken];
    }

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
        return [.. texts.Select((text, i) => new LineScore(lines[i], text.Characters, text.Unknown, bits[i]))];
    }

    private void Read(MeasuredText[] texts, double[] bits, CancellationToken cancellationToken)
    {
        var batch = new StreamBatch(_decoder, _codec, Math.Min(texts.Length, MostTogether));
        var options = new StreamOptions { Length = 0, ScoresPrompt = true };
        var places = new Dictionary<TextStream, int>();
        var next = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (; next < texts.Length && batch.FreeSlots > 0; next++)
            {
                var prompt = new Prompt((int[])[_before, .. texts[next].Tokens.Span]);
                places.Add(batch.Admit(prompt, options), next);
            }
            if (batch.Streams.Count == 0)
            {
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
/// <param name="Bits">The number of bits that its tokens take.</param>
public sealed record LineScore(string Line, int Characters, int Unknown, double Bits)
{
    /// <summary>Bits per character, high for an odd line; 0 for a line without characters.</summary>
    public double BitsPerCharacter => Characters > 0 ? Bits / Characters : 0;
}
