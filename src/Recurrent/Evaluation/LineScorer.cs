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
    private readonly TrainedModel _model;
    private readonly int _before; // the token that lines follow

    /// <summary>Makes a scorer; it serves one caller at a time.</summary>
    /// <param name="model">A model that reads left to right.</param>
    /// <exception cref="ArgumentException">The model reads from both ends.</exception>
    public LineScorer(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelEvaluator.RequireReadsForward(model);
        _model = model;
        var vocabulary = model.Codec.Vocabulary;
        _before = vocabulary[vocabulary.Contains("\n") ? "\n" : Vocabulary.BeginningToken];
    }

    /// <summary>Measures lines, read side by side.</summary>
    /// <param name="lines">The lines, without their ends; maybe none.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>What each takes, in the order of the lines; 0 bits for a line of no token.</returns>
    public IReadOnlyList<LineScore> Score(
        IReadOnlyList<string> lines,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(lines);
        MeasuredText[] texts = [.. lines.Select(line => MeasuredText.FromText(line, _model.Codec))];
        var bits = new double[texts.Length]; // (lines)
        var longest = texts.Select(text => text.Tokens.Length).DefaultIfEmpty().Max();
        if (longest > 0)
        {
            Read(texts, longest, bits, cancellationToken);
        }
        return
        [
            .. texts.Select((text, i) => new LineScore(lines[i], text.Characters, text.Unknown, bits[i])),
        ];
    }

    private void Read(MeasuredText[] texts, int longest, double[] bits, CancellationToken cancellationToken)
    {
        var reader = _model.Model.CreateReader(texts.Length);
        var before = new int[texts.Length]; // (lines)
        Array.Fill(before, _before);
        for (var step = 0; step < longest; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var logits = reader.Read(before);
            var vocabulary = logits.Length / texts.Length;
            for (var i = 0; i < texts.Length; i++)
            {
                var tokens = texts[i].Tokens.Span;
                if (step < tokens.Length) // a line that is done reads its last token on, unseen
                {
                    bits[i] += Surprisal.OfToken(logits.Slice(i * vocabulary, vocabulary), tokens[step]);
                    before[i] = tokens[step];
                }
            }
        }
    }
}
