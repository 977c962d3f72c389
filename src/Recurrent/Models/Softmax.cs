using Recurrent.Kernels.Portable;

namespace Recurrent.Models;

/// <summary>The softmax of logits in double precision: p = e^(logit − highest) / Σ e^(logit − highest).</summary>
internal static class Softmax
{
    private const int Block = 128; // exponentials at a time

    /// <summary>The parts of the logarithm of a probability: ln p = (logit − highest) − ln Σ.</summary>
    /// <param name="logits">Logits (vocabulary), at least one.</param>
    /// <returns>The highest logit and the logarithm of the sum, which is added up in the order of the tokens.</returns>
    public static (double Highest, double LogSum) Normalizer(ReadOnlySpan<float> logits)
    {
        var highest = double.NegativeInfinity;
        foreach (var logit in logits)
        {
            highest = Math.Max(highest, logit);
        }
        Span<double> powers = stackalloc double[Block];
        var sum = 0.0;
        while (!logits.IsEmpty)
        {
            var block = powers[..Math.Min(Block, logits.Length)];
            sum = DoubleExp.OfScaledDifferences(logits[..block.Length], highest, temperature: 1, block, sum);
            logits = logits[block.Length..];
        }
        return (highest, PortableMath.Log(sum));
    }
}
