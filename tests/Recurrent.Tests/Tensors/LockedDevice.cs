using System.Numerics;
using System.Runtime.InteropServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Threading;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

/// <summary>
/// A device with threads and memory of its own, which is locked but while a kernel runs: what the host finds there by a
/// pointer or a span is not what the kernels left, but that with every bit inverted.
/// </summary>
internal sealed unsafe class LockedDevice : Device
{
    private const int Line = 64;

    private readonly HostMemory<byte> _memory = new(1 << 27); // of which nothing is given back
    private readonly WorkerTeam _team = new(threads: 3);
    private int _used;

    public int KernelsRun { get; private set; }

    public int ValuesRead { get; private set; }

    public override string Name => "device of the tests";

    internal override double WorkPerSecond => 1e9;

    internal override bool ComputesAhead => true;

    internal override DeviceMemory<T> Allocate<T>(int length)
    {
        Unlock();
        var start = _used;
        _used += ((length * sizeof(T)) + Line) / Line * Line;
        _memory.Span[start.._used].Clear();
        Lock();
        return new Part<T>((T*)(_memory.Address + start), length);
    }

    internal override void RunElsewhere<TKernel>(in TKernel kernel)
    {
        KernelsRun++;
        Unlock();
        VectorTier.Named("128").Run(kernel, _team);
        Lock();
    }

    internal override void ReadElsewhere<T>(Operand<T> source, Span<T> destination)
    {
        Unlock();
        source.AsSpan().CopyTo(destination);
        ValuesRead += source.Length;
        Lock();
    }

    internal override void WriteElsewhere<T>(ReadOnlySpan<T> source, Operand<T> destination)
    {
        Unlock();
        source.CopyTo(destination.AsSpan());
        Lock();
    }

    private void Unlock() => Lock();

    private void Lock()
    {
        foreach (ref var values in MemoryMarshal.Cast<byte, Vector<byte>>(_memory.Span[.._used]))
        {
            values = ~values;
        }
    }

    private sealed class Part<T> : DeviceMemory<T>
        where T : unmanaged
    {
        public Part(T* address, int length)
            : base(length) => Address = address;
    }
}
