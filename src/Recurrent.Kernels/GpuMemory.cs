using Recurrent.Kernels.Gpu;

namespace Recurrent.Kernels;

/// <summary>Memory of a card, which goes back to it when nobody holds it any more.</summary>
/// <typeparam name="T">The type of a value: float, int or double.</typeparam>
internal sealed unsafe class GpuMemory<T> : DeviceMemory<T>
    where T : unmanaged
{
    private readonly GpuCard _card;
    private readonly long _bytes;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="card">The card.</param>
    /// <param name="length">Number of values, 0 or more.</param>
    /// <exception cref="InsufficientMemoryException">The card has not so much.</exception>
    public GpuMemory(GpuCard card, int length)
        : base(length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (_card, _bytes) = (card, Math.Max(1, (long)length) * sizeof(T)); // an empty part, too, has an address
        Address = (T*)AllocateOrCollect();
        GC.AddMemoryPressure(_bytes); // the collector sees only this small object
        card.Clear((nint)Address, _bytes);
    }

#pragma warning disable MA0055 // Tensors share memory and nobody disposes them: only the collector knows the last.
    ~GpuMemory()
#pragma warning restore MA0055
    {
        if (Address != null)
        {
            GC.RemoveMemoryPressure(_bytes);
            _card.Release((nint)Address);
        }
    }

    private nint AllocateOrCollect()
    {
        try
        {
            return _card.Allocate(_bytes);
        }
        catch (InsufficientMemoryException)
        {
            // What nobody holds any more still takes room until the collector comes by and nothing is put off.
            GpuRecording.Of(_card)?.Flush();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return _card.Allocate(_bytes);
        }
    }
}
