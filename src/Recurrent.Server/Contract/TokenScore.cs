using Recurrent.Models;

namespace Recurrent.Server.Contract;

/// <summary>A token and how likely it was.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">
/// ln p, as the model gives it, whatever the sampling; null for the first token of a prompt.
/// </param>
/// <param name="Offset">Where it begins, in characters (code points).</param>
/// <param name="Top">The likeliest tokens, the first in front; null where none are asked for.</param>
internal readonly record struct TokenScore(
    int Token,
    double? LogProbability,
    int Offset,
    (int Token, double LogProbability)[]? Top
)
{
    private const double Least = -9999; // what OpenAI gives for what is impossible

    /// <summary>Measures a token under the softmax of logits.</summary>
    /// <param name="logits">Logits (vocabulary).</param>
    /// <param name="token">The token.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="top">The number of the likeliest tokens to name.</param>
    public static TokenScore Of(ReadOnlySpan<float> logits, int token, int offset, int top)
    {
        var (highest, logSum) = Softmax.Normalizer(logits);
        (int, double)[]? likeliest = null;
        if (top > 0)
        {
            var ranked = Likeliest(logits, Math.Min(top, logits.Length));
            likeliest = new (int, double)[ranked.Length];
            for (var i = 0; i < ranked.Length; i++)
            {
                likeliest[i] = (ranked[i], LogProbability(logits[ranked[i]]));
            }
        }
        return new(token, LogProbability(logits[token]), offset, likeliest);

        double LogProbability(float logit)
        {
            var value = logit - highest - logSum;
            return double.IsFinite(value) ? value : Least;
        }
    }

    /// <summary>The tokens of the highest logits, the highest first; of equals those that come first.</summary>
    private static int[] Likeliest(ReadOnlySpan<float> logits, int count)
    {
        // The least likely of those that are kept comes out first, and of equals the last.
        var kept = new PriorityQueue<int, (float Logit, int Before)>(count);
        for (var token = 0; token < logits.Length; token++)
        {
            if (kept.Count < count)
            {
                kept.Enqueue(token, (logits[token], -token));
            }
            else if (logits[token] > logits[kept.Peek()])
            {
                kept.DequeueEnqueue(token, (logits[token], -token));
            }
        }
        var ranked = new int[count];
        for (var place = count; place > 0; place--)
        {
            ranked[place - 1] = kept.Dequeue();
        }
        return ranked;
    }

    /// <summary>A token that could not have been another.</summary>
    public static TokenScore Certain(int token, int offset, int top) =>
        new(token, 0, offset, top > 0 ? [(token, 0)] : null);
}
