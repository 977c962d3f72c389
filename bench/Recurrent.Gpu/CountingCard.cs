using Recurrent.Kernels.Gpu;

namespace Recurrent.Gpu;

/// <summary>A card that keeps the programs that it runs and counts their launches.</summary>
/// <param name="card">The card that does the work.</param>
/// <param name="waits">Whether each launch is waited for, and its time taken.</param>
internal sealed class CountingCard(GpuCard card, bool waits) : GpuCard
{
    private readonly nint _word = card.Allocate(sizeof(int));
    private readonly List<PtxProgram> _programs = [];
    private readonly Dictionary<PtxProgram, (int Count, TimeSpan Time)> _launches = new(
        ReferenceEqualityComparer.Instance
    );

    /// <summary>The programs in the order in which they were made ready.</summary>
    public IReadOnlyList<PtxProgram> Programs => _programs;

    /// <summary>The launches of each program, and their time; that of a wait for nothing is taken off.</summary>
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

    public override GpuFunction Load(PtxProgram program)
    {
        _programs.Add(program);
        return card.Load(program);
    }

    public override void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    )
    {
        if (!waits)
        {
            card.Launch(function, blocks, arguments, factors);
            return;
        }
        var idle = Wait();
        var start = TimeProvider.System.GetTimestamp();
        card.Launch(function, blocks, arguments, factors);
        Wait();
        var time = TimeProvider.System.GetElapsedTime(start) - idle;
        var (count, before) = _launches.GetValueOrDefault(function.Program);
        _launches[function.Program] = (count + 1, before + time);
    }

    public override int ResidentBlocks(GpuFunction function) => card.ResidentBlocks(function);

    protected override void Dispose(bool disposing) => card.Dispose();

    /// <summary>Waits for everything that was asked for.</summary>
    /// <returns>The time of a wait for nothing.</returns>
    private TimeSpan Wait()
    {
        Span<byte> word = stackalloc byte[sizeof(int)];
        card.Download(_word, word);
        var start = TimeProvider.System.GetTimestamp();
        card.Download(_word, word);
        return TimeProvider.System.GetElapsedTime(start);
    }
}
