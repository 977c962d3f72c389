using System.Runtime.InteropServices;
using Recurrent.Kernels.Gpu;

namespace Recurrent.Gpu;

/// <summary>A card of an H100's measures that runs nothing: for the programs that would run on it.</summary>
internal sealed class IdleCard : GpuCard
{
    private const int ThreadsOfMultiprocessor = 2048;
    private const int SharedBytesOfMultiprocessor = 228 << 10;
    private const int RegistersOfMultiprocessor = 1 << 16;
    private const int RegistersOfThread = 128; // a guess
    private const int SharedBytesOfSystem = 1 << 10; // in each block

    private readonly List<PtxProgram> _programs = [];

    /// <summary>The programs in the order in which they were made ready.</summary>
    public IReadOnlyList<PtxProgram> Programs => _programs;

    public override string Name => "no card";

    public override (int Major, int Minor) Capability => (9, 0);

    public override int Multiprocessors => 132;

    public override int SharedBytes => 227 << 10;

    public override long FreeBytes => 80L << 30;

    public override nint Allocate(long bytes) => Marshal.AllocHGlobal((nint)1);

    public override void Free(nint address) => Marshal.FreeHGlobal(address);

    public override void Clear(nint address, long bytes) { }

    public override void Upload(ReadOnlySpan<byte> source, nint destination) { }

    public override void Download(nint source, Span<byte> destination) => destination.Clear();

    public override GpuFunction Load(PtxProgram program)
    {
        _programs.Add(program);
        return new Function(program);
    }

    public override void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    ) { }

    public override int ResidentBlocks(GpuFunction function)
    {
        var program = function.Program;
        var byThreads = ThreadsOfMultiprocessor / program.Threads;
        var byShared = SharedBytesOfMultiprocessor / (program.SharedBytes + SharedBytesOfSystem);
        return Math.Min(
            Math.Min(byThreads, byShared),
            RegistersOfMultiprocessor / (RegistersOfThread * program.Threads)
        );
    }

    protected override void Dispose(bool disposing) { }

    private sealed class Function(PtxProgram program) : GpuFunction(program);
}
