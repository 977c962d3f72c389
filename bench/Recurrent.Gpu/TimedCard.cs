using Recurrent.Kernels.Gpu;

namespace Recurrent.Gpu;

/// <summary>A card that waits for each launch and takes its time, less that of a launch of nothing.</summary>
/// <param name="card">The card that does the work.</param>
internal sealed class TimedCard(GpuCard card) : GpuCard
{
    private readonly nint _word = card.Allocate(sizeof(int));
    private readonly GpuFunction _nothing = card.Load(PtxWriter.Write("nothing", 32, static _ => { }));
    private readonly Dictionary<PtxProgram, (int Count, TimeSpan Time)> _launches = new(
        ReferenceEqualityComparer.Instance
    );

    /// <summary>The launches of each program, and their time.</summary>
    public IEnumerable<(PtxProgram Program, int Count, TimeSpan Time)> Launches =>
        _launches.Select(pair => (pair.Key, pair.Value.Count, pair.Value.Time));

    public override string Name => card.Name;

    public override (int Major, int Minor) Capability => card.Capability;

    public override int Multiprocessors => card.Multiprocessors;

    public override int SharedBytes => card.SharedBytes;

    public override long FreeBytes => card.FreeBytes;

    /// <summary>Begins to count at zero again.</summary>
    public void Forget() => _launches.Clear();

    public override nint Allocate(long bytes) => card.Allocate(bytes);

    public override void Free(nint address) => card.Free(address);

    public override void Clear(nint address, long bytes) => card.Clear(address, bytes);

    public override void Upload(ReadOnlySpan<byte> source, nint destination) => card.Upload(source, destination);

    public override void Download(nint source, Span<byte> destination) => card.Download(source, destination);

    public override GpuFunction Load(PtxProgram program) => card.Load(program);

    public override void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    )
    {
        Time(_nothing, 1, [], []); // wakes the card up
        var idle = Time(_nothing, 1, [], []);
        var time = Time(function, blocks, arguments, factors) - idle;
        var (count, before) = _launches.GetValueOrDefault(function.Program);
        _launches[function.Program] = (count + 1, before + time);
    }

    public override int ResidentBlocks(GpuFunction function) => card.ResidentBlocks(function);

    protected override void Dispose(bool disposing) => card.Dispose();

    private TimeSpan Time(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    )
    {
        var start = TimeProvider.System.GetTimestamp();
        card.Launch(function, blocks, arguments, factors);
        card.Download(_word, stackalloc byte[sizeof(int)]);
        return TimeProvider.System.GetElapsedTime(start);
    }
}
