namespace Recurrent.Emulation.Machine;

/// <summary>
/// A card's memory: each allocation has a range of addresses of its own, 4 GiB apart, so that what leaves one never
/// reaches another; a range is used again as late as can be, so that what was freed is missed.
/// </summary>
internal sealed class CardMemory(long bytes) : IDisposable
{
    private const ulong Start = 1UL << 45;
    private const int MaxRanges = 1 << 14;
    private readonly List<Words?> _ranges = [];
    private readonly Queue<int> _free = [];

    /// <summary>Bytes that nobody uses.</summary>
    public long FreeBytes { get; private set; } = bytes;

    /// <summary>A new range.</summary>
    public ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes > FreeBytes)
        {
            throw new InsufficientMemoryException(
                $"{bytes:N0} bytes do not fit into the {FreeBytes:N0} bytes that are free."
            );
        }
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bytes, 1L << 32);
        FreeBytes -= bytes;
        var words = new Words(bytes);
        if (_ranges.Count < MaxRanges)
        {
            _ranges.Add(words);
            return Start + ((ulong)(_ranges.Count - 1) << 32);
        }
        var slot = _free.Dequeue();
        _ranges[slot] = words;
        return Start + ((ulong)slot << 32);
    }

    /// <summary>Frees a range by its first address.</summary>
    public void Free(ulong address)
    {
        var words = Find(address);
        if (words is null || (uint)address != 0)
        {
            throw new EmulationException($"Nothing was allocated at {address:x}, or it was freed before.");
        }
        FreeBytes += words.Bytes;
        words.Dispose();
        var slot = (int)((address - Start) >> 32);
        _ranges[slot] = null;
        _free.Enqueue(slot);
    }

    /// <summary>The range around an address, or none.</summary>
    public Words? Find(ulong address)
    {
        var slot = (address - Start) >> 32;
        return slot < (ulong)_ranges.Count ? _ranges[(int)slot] : null;
    }

    /// <summary>The range that holds bytes at an address, and their offset in it.</summary>
    public (Words Words, long Offset) Range(ulong address, long bytes)
    {
        var words = Find(address);
        var offset = (long)(uint)address;
        return words is not null && offset + bytes <= words.Bytes
            ? (words, offset)
            : throw new EmulationException(
                $"{bytes} bytes at {address:x} are not within one allocation of {words?.Bytes ?? 0} bytes."
            );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var words in _ranges)
        {
            words?.Dispose();
        }
        _ranges.Clear();
    }
}
