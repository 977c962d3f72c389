namespace Recurrent.Evaluation;

/// <summary>
/// The confidence interval of a mean over a text. Neighbouring tokens are alike, so they are not treated as
/// independent. Instead the text is cut into 32 contiguous blocks of equal length, the means of the blocks are treated
/// as independent, and Student's t gives the interval of their mean.
/// </summary>
internal static class BlockInterval
{
    /// <summary>The number of blocks that the text is cut into.</summary>
    public const int Blocks = 32;

    /// <summary>The minimum number of values in a block.</summary>
    public const int MinBlockLength = 32;

    private const double StudentT = 2.0395134464; // 31 degrees of freedom, 97.5%

    /// <summary>Computes half the width of the 95% confidence interval of the values' mean.</summary>
    /// <param name="values">The values in the order of the text; a remainder that fills no block is left out.</param>
    /// <returns>Half the width, or null if there are fewer than 32 · 32 values.</returns>
    public static double? HalfWidth(ReadOnlySpan<double> values)
    {
        var length = values.Length / Blocks;
        if (length < MinBlockLength)
        {
            return null;
        }
        var means = new double[Blocks]; // (blocks)
        for (var block = 0; block < Blocks; block++)
        {
            foreach (var value in values.Slice(block * length, length))
            {
                means[block] += value / length;
            }
        }
        var mean = means.Sum() / Blocks;
        var variance = means.Sum(value => (value - mean) * (value - mean)) / (Blocks - 1);
        return StudentT * Math.Sqrt(variance / Blocks);
    }
}
