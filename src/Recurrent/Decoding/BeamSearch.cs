using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Decoding;

/// <summary>
/// Looks for the likeliest continuation of a given length: of all continuations of the best texts so far by one token, it
/// keeps the best again. The first in the order of texts and tokens goes before an equally likely one.
/// </summary>
/// <param name="reader">Reads as many texts as are kept.</param>
internal sealed class BeamSearch(TokenReader reader)
{
    private readonly int _beams = reader.Batch;
    private double[] _scores = []; // (beams), log-probabilities of the texts

    /// <summary>Searches.</summary>
    /// <param name="prefix">Tokens to continue, at least one.</param>
    /// <param name="length">Tokens to add, at least 1.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The tokens of the best continuation found (length).</returns>
    public int[] Run(int[] prefix, int length, CancellationToken cancellationToken)
    {
        var next = new int[_beams]; // (beams)
        var logits = ReadOnlySpan<float>.Empty; // (beams, vocabulary)
        foreach (var token in prefix)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Array.Fill(next, token);
            logits = reader.Read(next);
        }
        // All texts are one so far: the others must not count.
        _scores = new double[_beams];
        Array.Fill(_scores, double.NegativeInfinity, 1, _beams - 1);
        var steps = new List<(int Parent, int Token)[]>();
        for (var step = 0; step < length; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (step > 0)
            {
                Reorder(steps[^1]);
                logits = reader.Read(Array.ConvertAll(steps[^1], chosen => chosen.Token));
            }
            steps.Add(Best(logits));
        }
        return Trace(steps);
    }

    private (int Parent, int Token)[] Best(ReadOnlySpan<float> logits)
    {
        var vocabulary = logits.Length / _beams;
        var candidates = new double[logits.Length]; // (beams, vocabulary)
        for (var beam = 0; beam < _beams; beam++)
        {
            var row = logits.Slice(beam * vocabulary, vocabulary);
            var (highest, sum) = (double.NegativeInfinity, 0.0);
            foreach (var logit in row)
            {
                highest = Math.Max(highest, logit);
            }
            foreach (var logit in row)
            {
                sum += PortableMath.Exp(logit - highest);
            }
            var shift = _scores[beam] - highest - PortableMath.Log(sum);
            for (var token = 0; token < vocabulary; token++)
            {
                candidates[(beam * vocabulary) + token] = row[token] + shift;
            }
        }
        // The sort is stable, so the first of equals stays first.
        int[] best =
        [
            .. Enumerable.Range(0, candidates.Length).OrderByDescending(i => candidates[i]).Take(_beams),
        ];
        _scores = Array.ConvertAll(best, i => candidates[i]);
        return Array.ConvertAll(best, i => (i / vocabulary, i % vocabulary));
    }

    private void Reorder((int Parent, int Token)[] chosen)
    {
        var parts = reader.CopyState().Parts;
        reader.SetState(new ModelState([.. parts.Select(part => RowsOf(part, chosen))]));
    }

    private static Tensor RowsOf(Tensor part, (int Parent, int Token)[] chosen)
    {
        var width = part.Count / chosen.Length;
        var (all, rows) = (part.ToArray(), new float[part.Count]); // (beams, width)
        for (var beam = 0; beam < chosen.Length; beam++)
        {
            all.AsSpan(chosen[beam].Parent * width, width).CopyTo(rows.AsSpan(beam * width));
        }
        return Tensor.From(part.Device, rows, part.Shape.ToArray());
    }

    private static int[] Trace(List<(int Parent, int Token)[]> steps)
    {
        var tokens = new int[steps.Count]; // (length)
        var beam = 0;
        for (var step = tokens.Length - 1; step >= 0; step--)
        {
            (beam, tokens[step]) = steps[step][beam];
        }
        return tokens;
    }
}
