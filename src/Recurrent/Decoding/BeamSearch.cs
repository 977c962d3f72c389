using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Decoding;

/// <summary>
/// Looks for the likeliest continuation of a given length: of all continuations of the best texts so far by one token,
/// it keeps the best again. The first in the order of texts and tokens goes before an equally likely one.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="codec">Its codec.</param>
/// <param name="beams">Texts that are kept, at least 1.</param>
/// <param name="mayBeChosen">Whether a token may stand in the continuation; some may.</param>
internal sealed class BeamSearch(Decoder decoder, TextCodec codec, int beams, Func<int, bool> mayBeChosen)
{
    private readonly StreamBatch _batch = new(decoder, codec, slots: beams);
    private readonly int[] _choices = [.. Enumerable.Range(0, decoder.VocabularySize).Where(mayBeChosen)];

    /// <summary>Searches.</summary>
    /// <param name="prompt">The text to continue.</param>
    /// <param name="length">Tokens to add, at least 1.</param>
    /// <param name="cancellationToken">Stops between two tokens.</param>
    /// <returns>The tokens of the best continuation found (length).</returns>
    public int[] Run(Prompt prompt, int length, CancellationToken cancellationToken)
    {
        // An opening counts too.
        var options = new StreamOptions { Length = length + 1, Sampling = SamplingOptions.Greedy };
        (TextStream Stream, double Score)[] texts = [(_batch.Admit(prompt, options), 0)];
        List<(int Parent, int Token)[]> steps = [];
        while (steps.Count < length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_batch.Step().Count > 0) // else it has read of the prompt
            {
                steps.Add(Follow(ref texts, options));
            }
        }
        return Trace(steps);
    }

    /// <summary>Puts the best continuations in the place of the texts.</summary>
    private (int Parent, int Token)[] Follow(ref (TextStream Stream, double Score)[] texts, StreamOptions options)
    {
        List<(int Parent, int Token, double Score)> best = []; // log-probabilities
        for (var text = 0; text < texts.Length; text++)
        {
            var logits = _batch.LogitsOf(texts[text].Stream);
            var (highest, logSum) = Softmax.Normalizer(logits);
            var shift = texts[text].Score - highest - logSum;
            foreach (var token in _choices)
            {
                Consider(best, (text, token, logits[token] + shift));
            }
        }
        var parents = Array.ConvertAll(texts, text => _batch.Save(text.Stream));
        Array.ForEach(texts, text => _batch.Release(text.Stream));
        texts = [.. best.Select(one => (_batch.Restore(parents[one.Parent].Ending(one.Token), options), one.Score))];
        return [.. best.Select(one => (one.Parent, one.Token))];
    }

    /// <summary>Keeps the best, the likeliest first; of equals the first stays first.</summary>
    private void Consider(List<(int Parent, int Token, double Score)> best, (int Parent, int Token, double Score) one)
    {
        var place = best.Count;
        while (place > 0 && one.Score.CompareTo(best[place - 1].Score) > 0)
        {
            place--;
        }
        if (place < beams)
        {
            best.Insert(place, one);
            if (best.Count > beams)
            {
                best.RemoveAt(beams);
            }
        }
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
