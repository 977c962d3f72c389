using System.Runtime.Intrinsics;

namespace Recurrent.Throughput.Machine;

/// <summary>What the machine itself can do, against which the library is held.</summary>
internal abstract class MachineProbe
{
    private static readonly MachineProbe[] s_widestFirst =
    [
        new VectorProbe<Wide512, Vector512<float>>(Vector512.IsHardwareAccelerated),
        new VectorProbe<Wide256, Vector256<float>>(Vector256.IsHardwareAccelerated),
        new VectorProbe<Wide128, Vector128<float>>(isAccelerated: true),
    ];

    /// <summary>The probe of the widest vector that the processor runs in hardware.</summary>
    public static MachineProbe Widest { get; } = s_widestFirst.First(probe => probe.IsAccelerated);

    public abstract bool IsAccelerated { get; }

    /// <summary>The vector's width in bits.</summary>
    public abstract int Bits { get; }

    /// <summary>Floating-point operations per second of independent chains of fused multiply-adds.</summary>
    /// <param name="threads">Threads that run at once.</param>
    public abstract double FmaPeak(int threads);

    /// <summary>Bytes per second that the threads together read of a buffer, each a part of its own.</summary>
    /// <param name="bytes">The buffer's size, which decides in which cache it lies.</param>
    /// <param name="threads">Threads that read at once.</param>
    public abstract double ReadBandwidth(int bytes, int threads);
}
