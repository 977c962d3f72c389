namespace Recurrent.Evaluation;

/// <summary>
/// The confidence interval of a mean over a text. Neighbouring tokens are alike, so they do not count as independent: the
/// text is cut into 32 contiguous blocks of equal length, whose means are taken to be, and Student's t says how far off
/// their mean may be.
/// </summary>
public static class BlockInterval
{
    /// <summary>Blocks that the text is cut into.</summary>
    public const int Blocks = 32;

    /// <summary>The fewest values a block is made of.</summary>
    public const int LeastBlock = 32;

    private const double StudentT = 2.0395134464; // 31 degrees of freedom, 97.5%

    /// <summary>Half the width of the 95% confidence interval of the values' mean.</summary>
    /// <param name="values">Values in the order of the text; those left over by equal blocks are left out.</param>
    /// <returns>Null where there are fewer than 32 · 32 values.</returns>
    public static double? HalfWidth(ReadOnlySpan<double> values)
    {
        var length = values.Length / Blocks;
        if (length < LeastBlock)
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
