namespace Recurrent.Formats.TokenCaches;

/// <summary>How many tokens of a text are kept in 1, in 2 and in 4 bytes each, one kind after the other.</summary>
internal sealed class NumberWidths
{
    // An array, for unoptimised code would allocate at each look at a span of constants.
    private static readonly int[] s_widths = [1, 2, 4];

    private readonly long[] _counts; // (widths)

    /// <summary>Takes a copy of the counts, of shape (widths).</summary>
    public NumberWidths(ReadOnlySpan<long> counts) => _counts = counts.ToArray();

    /// <summary>The widths, in bytes, of shape (widths).</summary>
    public static ReadOnlySpan<int> All => s_widths;

    /// <summary>How many tokens there are at each width, of shape (widths).</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>How many tokens there are.</summary>
    public long Tokens => _counts.Sum();

    /// <summary>How many bytes they take.</summary>
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

    /// <summary>Where a token is kept.</summary>
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
