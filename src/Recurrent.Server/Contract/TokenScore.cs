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
        var likeliest = top > 0 ? new (int, double)[Math.Min(top, logits.Length)] : null;
        for (var place = 0; place < likeliest?.Length; place++)
        {
            var best = -1;
            for (var i = 0; i < logits.Length; i++)
            {
                if ((best < 0 || logits[i] > logits[best]) && !IsTaken(i, place))
                {
                    best = i;
                }
            }
            likeliest[place] = (best, LogProbability(logits[best]));
        }
        return new(token, LogProbability(logits[token]), offset, likeliest);

        bool IsTaken(int candidate, int count)
        {
            for (var i = 0; i < count; i++)
            {
                if (likeliest[i].Item1 == candidate)
                {
                    return true;
                }
            }
            return false;
        }

        double LogProbability(float logit)
        {
            var value = logit - highest - logSum;
            return double.IsFinite(value) ? value : Least;
        }
    }

    /// <summary>A token that could not have been another.</summary>
    public static TokenScore Certain(int token, int offset, int top) =>
        new(token, 0, offset, top > 0 ? [(token, 0)] : null);
}
