namespace Recurrent.Text;

/// <summary>
/// Where a text's content is cut into segments: at each multiple of a length, after the first line end from there on;
/// or, where none comes within a quarter of that length, before the next character, or after three more bytes where
/// there are no characters. So a segment is no longer than five quarters, and the cuts follow from the content alone.
/// </summary>
internal sealed class SegmentCuts
{
    /// <summary>The length of a segment: 256 MiB.</summary>
    public const long UsualLength = 256 << 20;

    private const int MostContinued = 3; // bytes of a character after its first

    private readonly long _length;
    private long _position; // in the content
    private long _multiple; // that the next cut belongs to

    /// <summary>Begins at the beginning of a text.</summary>
    /// <param name="length">The length of a segment in bytes, at least 8.</param>
    public SegmentCuts(long length) => _length = _multiple = length;

    /// <summary>The place from which on the next cut is looked for.</summary>
    public long Next => _multiple;

    /// <summary>Goes on as if everything up to <see cref="Next"/> had been given.</summary>
    public void Skip() => _position = _multiple;

    /// <summary>Takes the next bytes, up to a cut.</summary>
    /// <param name="bytes">The bytes, at least one.</param>
    /// <param name="isCut">Whether there is a cut after those that were taken.</param>
    /// <returns>The number that was taken, possibly none.</returns>
    public int Take(ReadOnlySpan<byte> bytes, out bool isCut)
    {
        var (before, searched) = (_multiple - _position, _multiple - _position + (_length / 4));
        if (before > 0)
        {
            isCut = false;
            return Go((int)Math.Min(before, bytes.Length));
        }
        if (searched > 0)
        {
            var count = (int)Math.Min(searched, bytes.Length);
            var end = bytes[..count].IndexOf((byte)'\n');
            isCut = end >= 0;
            return Go(isCut ? end + 1 : count, isCut);
        }
        isCut = (bytes[0] & 0xC0) != 0x80 || -searched >= MostContinued; // a character begins
        return Go(isCut ? 0 : 1, isCut);
    }

    private int Go(int count, bool isCut = false)
    {
        _position += count;
        _multiple += isCut ? _length : 0;
        return count;
    }
}
