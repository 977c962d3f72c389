using System.Runtime.InteropServices;

namespace Recurrent.Emulation.Machine;

/// <summary>
/// A range of memory that threads reach, in words of four bytes, with who wrote and read each word last. A stamp is the
/// clock of the access (32 bits), the warp's number in the grid (26), the lane (5), and whether the access was strong
/// (1); 0: never.
/// </summary>
internal sealed unsafe class Words : IDisposable
{
    /// <summary>A stamp of what the host wrote.</summary>
    public const ulong Host = 1UL << 32;

    /// <summary>A range of its own, nothing of it written.</summary>
    public Words(long bytes)
    {
        Bytes = bytes;
        var words = (nuint)((bytes + 3) / 4) + 16;
        Data = (byte*)NativeMemory.AllocZeroed(words, 4);
        Writers = (ulong*)NativeMemory.AllocZeroed(words, 8);
        Readers = (ulong*)NativeMemory.AllocZeroed(words, 8);
        OtherReaders = (ulong*)NativeMemory.AllocZeroed(words, 8);
    }

    /// <summary>Its size.</summary>
    public long Bytes { get; }

    /// <summary>What stands in it.</summary>
    public byte* Data { get; private set; }

    /// <summary>Who wrote each word last.</summary>
    public ulong* Writers { get; private set; }

    /// <summary>Who read each word last.</summary>
    public ulong* Readers { get; private set; }

    /// <summary>Who of another warp read each word before that.</summary>
    public ulong* OtherReaders { get; private set; }

    /// <summary>Nothing of it counts as written any more.</summary>
    public void Forget() => NativeMemory.Clear(Writers, (nuint)((Bytes + 3) / 4) * 8);

    /// <summary>Notes that the host wrote bytes.</summary>
    public void HostWrote(long offset, long bytes)
    {
        if (bytes > 0)
        {
            var (first, last) = (offset / 4, (offset + bytes - 1) / 4);
            new Span<ulong>(Writers + first, (int)(last - first + 1)).Fill(Host);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.Free(Data);
        NativeMemory.Free(Writers);
        NativeMemory.Free(Readers);
        NativeMemory.Free(OtherReaders);
        Data = null;
        Writers = Readers = OtherReaders = null;
    }
}
