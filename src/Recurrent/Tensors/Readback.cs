using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Tensors;

/// <summary>
/// Values that the host will want: a device that computes ahead copies them when they are there, and need not be waited
/// for any longer than that.
/// </summary>
/// <param name="device">The device.</param>
/// <param name="source">The values.</param>
internal sealed class Readback<T>(Device device, Operand<T> source)
    where T : unmanaged
{
    private readonly GpuReadback? _copy = (device as GpuDevice)?.Queue.Card.Readback(BytesOf(source));
    private bool _hasStarted;

    /// <summary>Asks for the values as what was asked of the device before will leave them.</summary>
    public void Start()
    {
        if (_copy is not null)
        {
            ((GpuDevice)device).Queue.Start(_copy, source.Address);
            _hasStarted = true;
        }
    }

    /// <summary>Reads the values that were last asked for, or as they are if they never were.</summary>
    public void Read(Span<T> destination)
    {
        if (_hasStarted)
        {
            _copy!.Finish(MemoryMarshal.AsBytes(destination));
        }
        else
        {
            device.Read(source, destination);
        }
    }

    private static int BytesOf(Operand<T> source) => source.Length * Marshal.SizeOf<T>();
}
