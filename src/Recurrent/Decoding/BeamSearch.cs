using Recurrent.Models;

namespace Recurrent.Decoding;

/// <summary>
/// Looks for the likeliest continuation of a given length: of all continuations of the best texts so far by one token,
/// it keeps the best again. The first in the order of texts and tokens goes before an equally likely one.
/// </summary>
internal sealed class BeamSearch
{
    private readonly int _beams;
    private readonly int _vocabulary;
    private readonly Func<int, bool> _mayBeChosen;
    private readonly DecoderState _state; // a row for each text that is kept, and for each of those that follow them
    private int[] _rows; // (beams), those of the texts that are kept
    private int[] _free; // (beams), the others
    private double[] _scores = []; // (texts so far), log-probabilities

    /// <summary>Makes a search.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="beams">Texts that are kept, at least 1.</param>
    /// <param name="mayBeChosen">Whether a token may stand in the continuation; some may.</param>
    public BeamSearch(Decoder decoder, int beams, Func<int, bool> mayBeChosen)
    {
        _mayBeChosen = mayBeChosen;
        (_beams, _vocabulary) = (beams, decoder.VocabularySize);
        _state = decoder.CreateState(checked(2 * beams));
        _rows = [.. Enumerable.Range(0, beams)];
        _free = [.. Enumerable.Range(beams, beams)];
    }

    /// <summary>Searches.</summary>
    /// <param name="prefix">Tokens to continue, at least one.</param>
    /// <param name="length">Tokens to add, at least 1.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The tokens of the best continuation found (length).</returns>
    public int[] Run(ReadOnlySpan<int> prefix, int length, CancellationToken cancellationToken)
    {
        for (var i = 0; i < prefix.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _state.Step([_rows[0]], [prefix[i]], outputs: i == prefix.Length - 1 ? 1 : 0);
        }
        _scores = [0]; // all texts are one so far
        List<(int Parent, int Token)[]> steps = [Best(_state.Logits)];
        while (steps.Count < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Follow(steps[^1]);
            var tokens = Array.ConvertAll(steps[^1], chosen => chosen.Token);
            steps.Add(Best(_state.Step(_rows.AsSpan(0, tokens.Length), tokens)));
        }
        return Trace(steps);
    }

    private (int Parent, int Token)[] Best(ReadOnlySpan<float> logits)
    {
        var candidates = new double[logits.Length]; // (texts, vocabulary)
        for (var text = 0; text < _scores.Length; text++)
        {
            var row = logits.Slice(text * _vocabulary, _vocabulary);
            var (highest, logSum) = Softmax.Normalizer(row);
            var shift = _scores[text] - highest - logSum;
            for (var token = 0; token < _vocabulary; token++)
            {
                candidates[(text * _vocabulary) + token] = _mayBeChosen(token)
                    ? row[token] + shift
                    : double.NegativeInfinity;
            }
        }
        // The sort is stable, so the first of equals stays first.
        int[] best = [.. Enumerable.Range(0, candidates.Length).OrderByDescending(i => candidates[i]).Take(_beams)];
        _scores = Array.ConvertAll(best, i => candidates[i]);
        return Array.ConvertAll(best, i => (i / _vocabulary, i % _vocabulary));
    }

    /// <summary>Gives each chosen text a copy of its parent's row.</summary>
    private void Follow((int Parent, int Token)[] chosen)
    {
        for (var text = 0; text < chosen.Length; text++)
        {
            _state.Copy(_rows[chosen[text].Parent], _free[text]);
        }
        (_rows, _free) = (_free, _rows);
    }

    private static int[] Trace(List<(int Parent, int Token)[]> steps)
    {
        var tokens = new int[steps.Count]; // (length)
        var text = 0;
        for (var step = tokens.Length - 1; step >= 0; step--)
        {
            (text, tokens[step]) = steps[step][text];
        }
        return tokens;
    }
}
