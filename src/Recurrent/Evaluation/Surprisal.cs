using Recurrent.Kernels.Portable;
using Recurrent.Models;

namespace Recurrent.Evaluation;

/// <summary>The number of bits that an event of known probability takes: −log₂ p.</summary>
internal static class Surprisal
{
    private const double Ln2 = 0.69314718055994530942;

    /// <summary>Bits of an event of probability <paramref name="p"/>.</summary>
    public static double OfProbability(double p) => -PortableMath.Log(p) / Ln2;

    /// <summary>Bits of a token under the softmax of the logits (vocabulary), in double precision.</summary>
    public static double OfToken(ReadOnlySpan<float> logits, int token)
    {
        var (highest, logSum) = Softmax.Normalizer(logits);
        return (logSum - (logits[token] - highest)) / Ln2;
    }

    /// <summary>The nats of some bits.</summary>
    public static double Nats(double bits) => bits * Ln2;

    /// <summary>The perplexity that a number of bits for each token amounts to.</summary>
    public static double Perplexity(double bitsPerToken) => PortableMath.Exp(Nats(bitsPerToken));
}
