using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Tensors;

/// <summary>A graphics card and its memory.</summary>
/// <remarks>What is asked for is queued and runs in order; only reading waits for it.</remarks>
/// <param name="card">The card.</param>
/// <param name="index">The card's number.</param>
internal sealed class GpuDevice(GpuCard card, int index = 0) : Device
{
    private readonly GpuQueue _gpu = new(card);

    public override string Name => $"gpu:{index}, {card.Name}";

    /// <summary>Bytes of the card's memory that nobody uses.</summary>
    public long FreeBytes => card.FreeBytes;

    /// <summary>The card with its programs.</summary>
    public GpuQueue Queue => _gpu;

    internal override double WorkPerSecond => card.Multiprocessors * 100e9;

    internal override bool ComputesAhead => true;

    internal override DeviceMemory<T> Allocate<T>(int length) => new GpuMemory<T>(card, length);

    internal override void RunElsewhere<TKernel>(in TKernel kernel) => kernel.Launch(_gpu);

    internal override IDisposable? Record() => _gpu.Record();

    internal override void ReadElsewhere<T>(Operand<T> source, Span<T> destination) =>
        _gpu.Download(source.Address, MemoryMarshal.AsBytes(destination));

    internal override void WriteElsewhere<T>(ReadOnlySpan<T> source, Operand<T> destination) =>
        _gpu.Upload(MemoryMarshal.AsBytes(source), destination.Address);
}
