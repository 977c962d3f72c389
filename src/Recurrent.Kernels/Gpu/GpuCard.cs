namespace Recurrent.Kernels.Gpu;

/// <summary>
/// A graphics card, or what stands in for one: its memory, programs in PTX, and one queue in which copies and launches
/// run in order.
/// </summary>
internal abstract class GpuCard : IDisposable
{
    private readonly Lock _releasing = new();
    private readonly List<nint> _released = []; // and not freed, because launches that are put off may name it
    private int _puttingOff; // recordings that have put off launches

    /// <summary>The card's name, such as NVIDIA H100 80GB HBM3.</summary>
    public abstract string Name { get; }

    /// <summary>The compute capability, such as (9, 0).</summary>
    public abstract (int Major, int Minor) Capability { get; }

    /// <summary>The number of multiprocessors.</summary>
    public abstract int Multiprocessors { get; }

    /// <summary>The most bytes of shared memory that a block may have.</summary>
    public abstract int SharedBytes { get; }

    /// <summary>Bytes of memory that nobody uses.</summary>
    public abstract long FreeBytes { get; }

    /// <summary>Allocates memory, not cleared, at a multiple of 256.</summary>
    /// <exception cref="InsufficientMemoryException">There is not so much.</exception>
    public abstract nint Allocate(long bytes);

    /// <summary>Frees memory when what was queued before has run; any thread may call it.</summary>
    public abstract void Free(nint address);

    /// <summary>
    /// Frees memory that nobody holds any more, when no launch is put off that may name it; any thread may call it.
    /// </summary>
    public void Release(nint address)
    {
        lock (_releasing)
        {
            if (_puttingOff > 0)
            {
                _released.Add(address);
                return;
            }
        }
        Free(address); // no launch to come can name what nobody holds
    }

    /// <summary>Keeps what is released from here on, until <see cref="EndPuttingOff"/> is called as often.</summary>
    public void BeginPuttingOff()
    {
        lock (_releasing)
        {
            _puttingOff++;
        }
    }

    /// <summary>Tells that all launches of a recording are in the queue.</summary>
    public void EndPuttingOff()
    {
        nint[] free;
        lock (_releasing)
        {
            if (--_puttingOff > 0)
            {
                return;
            }
            free = [.. _released];
            _released.Clear();
        }
        foreach (var address in free)
        {
            Free(address);
        }
    }

    /// <summary>Sets bytes to zero, in the queue.</summary>
    public abstract void Clear(nint address, long bytes);

    /// <summary>Copies from the host, in the queue; the source may change when this returns.</summary>
    public abstract void Upload(ReadOnlySpan<byte> source, nint destination);

    /// <summary>Copies to the host when what was queued before has run.</summary>
    public abstract void Download(nint source, Span<byte> destination);

    /// <summary>Prepares a copy of some bytes to the host, to be made again and again.</summary>
    public virtual GpuReadback Readback(int bytes) => new AtOnce(this, bytes);

    /// <summary>Makes a program ready to run.</summary>
    public abstract GpuFunction Load(PtxProgram program);

    /// <summary>Puts a launch into the queue.</summary>
    /// <param name="function">The program.</param>
    /// <param name="blocks">The grid.</param>
    /// <param name="arguments">A value for each parameter, in its low bytes.</param>
    /// <param name="factors">The bytes of the last parameter, where the program has factors.</param>
    public abstract void Launch(
        GpuFunction function,
        GpuBlocks blocks,
        ReadOnlySpan<ulong> arguments,
        ReadOnlySpan<byte> factors
    );

    /// <summary>Puts a launch into the queue.</summary>
    public void Launch(GpuLaunch launch) => Launch(launch.Function, launch.Blocks, launch.Arguments, launch.Factors);

    /// <summary>Makes launches ready to be run together.</summary>
    /// <param name="launches">The launches.</param>
    /// <param name="order">For each the earlier ones that must be done before it; it need not wait for others.</param>
    public virtual GpuGraph Graph(GpuLaunches launches, int[][] order) => new OneByOne(this, launches, order);

    /// <summary>The number of blocks of a program that run at the same time on one multiprocessor.</summary>
    public abstract int ResidentBlocks(GpuFunction function);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives up what the card holds for this program.</summary>
    protected abstract void Dispose(bool disposing);

    private sealed class AtOnce(GpuCard card, int bytes) : GpuReadback
    {
        private readonly byte[] _values = new byte[bytes];

        public override void Start(nint source) => card.Download(source, _values);

        public override void Finish(Span<byte> destination) => _values.CopyTo(destination);
    }

    /// <summary>
    /// Launches one after the other, each as late as it may: an order that is far from the first is of use to tests.
    /// </summary>
    private sealed class OneByOne : GpuGraph
    {
        private readonly GpuCard _card;
        private readonly GpuLaunches _launches = new();
        private readonly int[] _turns;

        public OneByOne(GpuCard card, GpuLaunches launches, int[][] order)
        {
            (_card, _turns) = (card, new int[launches.Count]);
            _launches.CopyFrom(launches);
            var followers = new int[launches.Count]; // of each launch, those that are still to have their turn
            foreach (var before in order.SelectMany(before => before))
            {
                followers[before]++;
            }
            for (var turn = launches.Count - 1; turn >= 0; turn--)
            {
                var last = Array.IndexOf(followers, 0); // the earliest of those that nothing waits for
                _turns[turn] = last;
                followers[last] = -1;
                foreach (var before in order[last])
                {
                    followers[before]--;
                }
            }
        }

        public override void Change(int index, GpuLaunch launch) => _launches.Replace(index, launch);

        public override void Run()
        {
            foreach (var launch in _turns)
            {
                _card.Launch(_launches[launch]);
            }
        }
    }
}

/// <summary>A program that a card has made ready.</summary>
/// <param name="program">The program.</param>
internal abstract class GpuFunction(PtxProgram program)
{
    /// <summary>The program.</summary>
    public PtxProgram Program => program;
}

/// <summary>The grid of a launch: blocks along x and y.</summary>
internal readonly record struct GpuBlocks(int X, int Y = 1)
{
    public static implicit operator GpuBlocks(int count) => new(count);
}
