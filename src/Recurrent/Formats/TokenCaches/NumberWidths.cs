namespace Recurrent.Formats.TokenCaches;

/// <summary>The numbers of tokens of a text that are kept in 1, in 2 and in 4 bytes each, in this order.</summary>
internal sealed class NumberWidths
{
    // An array, for unoptimised code would allocate at each look at a span of constants.
    private static readonly int[] s_widths = [1, 2, 4];

    private readonly long[] _counts; // (widths)

    /// <summary>Takes a copy of the counts, of shape (widths).</summary>
    public NumberWidths(ReadOnlySpan<long> counts) => _counts = counts.ToArray();

    /// <summary>The widths, in bytes, of shape (widths).</summary>
    public static ReadOnlySpan<int> All => s_widths;

    /// <summary>The number of tokens at each width, of shape (widths).</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>The number of tokens.</summary>
    public long Tokens => _counts.Sum();

    /// <summary>The number of bytes that they take.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            for (var i = 0; i < _counts.Length; i++)
            {
                bytes += _counts[i] * All[i];
            }
            return bytes;
        }
    }

    /// <summary>Finds a token.</summary>
    /// <param name="token">Its place, from 0, among those that there are.</param>
    /// <returns>The first of its bytes, their number, and how many tokens from it on are kept alike.</returns>
    public (long Offset, int Width, long Alike) Find(long token)
    {
        var offset = 0L;
        for (var i = 0; ; i++)
        {
            if (token < _counts[i])
            {
                return (offset + (token * All[i]), All[i], _counts[i] - token);
            }
            token -= _counts[i];
            offset += _counts[i] * All[i];
        }
    }
}
