using System.Runtime.InteropServices;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels.Tests;

/// <summary>Copies of a kernel's operands on a card; what the host has not written is not written there.</summary>
internal sealed class CardCopies(GpuCard card)
{
    private readonly List<Action> _downloads = [];

    /// <summary>A copy of an operand.</summary>
    public Operand<T> Of<T>(Operand<T> host)
        where T : unmanaged
    {
        if (host.IsEmpty)
        {
            return host;
        }
        var memory = new Unwritten<T>(card, host.Length);
        var copy = new Operand<T>(memory);
        if (host.AsSpan()[0] is not float.NaN)
        {
            card.Upload(MemoryMarshal.AsBytes(host.AsSpan()), copy.Address);
        }
        _downloads.Add(() => card.Download(copy.Address, MemoryMarshal.AsBytes(host.AsSpan())));
        return copy;
    }

    /// <summary>Copies everything back.</summary>
    public void Download() => _downloads.ForEach(download => download());

    private sealed unsafe class Unwritten<T> : DeviceMemory<T>
        where T : unmanaged
    {
        public Unwritten(GpuCard card, int length)
            : base(length) => Address = (T*)card.Allocate((long)length * sizeof(T));
    }
}
