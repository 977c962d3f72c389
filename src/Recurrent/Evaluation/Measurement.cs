namespace Recurrent.Evaluation;

/// <summary>The number of bits that a text takes under the probabilities of a model or a baseline.</summary>
/// <param name="Name">The name of what measured it, such as model or uniform.</param>
/// <param name="Bits">
/// The bits of the whole text, with which it could be restored: those that spell out unknown tokens are among them.
/// </param>
/// <param name="Tokens">The number of tokens in the text.</param>
/// <param name="Characters">The number of Unicode characters in the text.</param>
/// <param name="Bytes">The number of bytes in the text.</param>
public sealed record Measurement(string Name, double Bits, long Tokens, long Characters, long Bytes)
{
    /// <summary>The number of blocks of a text that <see cref="Margin"/> is computed from.</summary>
    public const int IntervalBlocks = BlockInterval.Blocks;

    /// <summary>The number of tokens that a text needs to have a <see cref="Margin"/>.</summary>
    public const int MinTokensForInterval = BlockInterval.Blocks * BlockInterval.MinBlockLength;

    /// <summary>
    /// Half the width of the 95% confidence interval of <see cref="BitsPerCharacter"/>. Neighbouring tokens are alike,
    /// so it comes from the means of <see cref="IntervalBlocks"/> contiguous blocks of the text, by Student's t. Null
    /// if the text has fewer than <see cref="MinTokensForInterval"/> tokens, or if only its total is known.
    /// </summary>
    public double? Margin { get; init; }

    /// <summary>
    /// Those of the bits by which the model predicts tokens. The rest spell out the tokens that its vocabulary lacks,
    /// of which it predicts only that they are unknown: 8 for each of their bytes and 8 more for the end of a word.
    /// </summary>
    public double TokenBits { get; init; } = Bits;

    /// <summary>As <see cref="Margin"/>, of the <see cref="TokenBits"/> per token.</summary>
    internal double? TokenMargin { get; init; }

    /// <summary>
    /// The bits per byte of each of the text's blocks of bytes, of shape (<see cref="IntervalBlocks"/>), by which it is
    /// paired with another measurement of the same text; null where the text is too short or they are not known.
    /// </summary>
    internal IReadOnlyList<double>? Blocks { get; init; }

    /// <summary>Bits per character; not a number if there are none.</summary>
    public double BitsPerCharacter => Bits / Characters;

    /// <summary>Bits per byte; not a number if there are none.</summary>
    public double BitsPerByte => Bits / Bytes;

    /// <summary>
    /// Perplexity per token, as in training: 2 to the power of the <see cref="TokenBits"/> per token; not a number if
    /// there are none.
    /// </summary>
    public double Perplexity => Surprisal.Perplexity(TokenBits / Tokens);

    /// <summary>The 95% confidence interval of <see cref="Perplexity"/>; null if there is no margin.</summary>
    public (double Low, double High)? PerplexityInterval
    {
        get
        {
            if (TokenMargin is not { } half)
            {
                return null;
            }
            var middle = TokenBits / Tokens;
            return (Surprisal.Perplexity(middle - half), Surprisal.Perplexity(middle + half));
        }
    }
}

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
        return HalfWidthOf(means);
    }

    /// <summary>
    /// The bits per byte of each block of a text's bytes; those of a token belong to the block in which it begins.
    /// </summary>
    /// <param name="bits">The bits of each token (tokens).</param>
    /// <param name="positions">The byte at which each token begins (tokens).</param>
    /// <param name="bytes">The bytes of the text; a remainder that fills no block is left out.</param>
    /// <returns>The means (blocks), or null if there are fewer than 32 · 32 bytes.</returns>
    public static double[]? MeansOf(ReadOnlySpan<double> bits, ReadOnlySpan<int> positions, int bytes)
    {
        var length = bytes / Blocks;
        if (length < MinBlockLength)
        {
            return null;
        }
        var means = new double[Blocks]; // (blocks)
        for (var token = 0; token < bits.Length && positions[token] < Blocks * length; token++)
        {
            means[positions[token] / length] += bits[token] / length;
        }
        return means;
    }

    /// <summary>Half the width of the 95% confidence interval of the mean of blocks (blocks).</summary>
    public static double HalfWidthOf(IReadOnlyCollection<double> means)
    {
        var mean = means.Sum() / Blocks;
        var variance = means.Sum(value => (value - mean) * (value - mean)) / (Blocks - 1);
        return StudentT * Math.Sqrt(variance / Blocks);
    }
}
