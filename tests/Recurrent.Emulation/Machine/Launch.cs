using Recurrent.Emulation.Instructions;

namespace Recurrent.Emulation.Machine;

/// <summary>A program that runs on a grid.</summary>
internal sealed unsafe class Launch(
    PtxCode program,
    CardMemory memory,
    EmulatedCardOptions options,
    (int X, int Y) blocks,
    int threads,
    int sharedBytes,
    bool isCooperative,
    byte* parameters,
    uint clock
)
{
    private readonly Dictionary<ulong, uint[]> _released = [];
    private long _instructions;
    private long _laneOperations;
    private long _lastProgress;
    private long _sinceProgress;
    private uint _lastClock;

    /// <summary>The program.</summary>
    public PtxCode Program => program;

    /// <summary>The card's memory.</summary>
    public CardMemory Memory => memory;

    /// <summary>The grid.</summary>
    public (int X, int Y) Blocks => blocks;

    /// <summary>The threads of a block.</summary>
    public int Threads => threads;

    /// <summary>The warps of a block.</summary>
    public int WarpsOfBlock => (threads + 31) / 32;

    /// <summary>The bytes of a block's shared memory.</summary>
    public int SharedBytes => sharedBytes;

    /// <summary>Whether all blocks run at the same time and may wait for each other.</summary>
    public bool IsCooperative => isCooperative;

    /// <summary>The parameters' bytes.</summary>
    public byte* Parameters => parameters;

    /// <summary>The first clock of this launch; what has a lower one was done before.</summary>
    public uint Clock => clock;

    /// <summary>The clocks that a warp keeps: of all warps that it can be ordered with.</summary>
    public int Clocks => WarpsOfBlock * (isCooperative ? blocks.X * blocks.Y : 1);

    /// <summary>The last clock.</summary>
    public uint LastClock => Math.Max(clock, _lastClock);

    /// <summary>Counts whatever can end another thread's waiting.</summary>
    public long Progress { get; set; }

    /// <summary>The instructions of warps that ran.</summary>
    public long Instructions => _instructions;

    /// <summary>The same, each for each lane that took part.</summary>
    public long LaneOperations => _laneOperations;

    /// <summary>Nanoseconds as far as the program can tell: one an instruction.</summary>
    public long Nanoseconds => _instructions + Slept;

    /// <summary>Nanoseconds slept.</summary>
    public long Slept { get; set; }

    /// <summary>Notes a clock that a warp has reached.</summary>
    public void NoteClock(uint reached)
    {
        if (reached > Volatile.Read(ref _lastClock))
        {
            Volatile.Write(ref _lastClock, reached);
        }
    }

    /// <summary>Counts what ran.</summary>
    public void Count(int instructions, long lanes)
    {
        Interlocked.Add(ref _instructions, instructions);
        Interlocked.Add(ref _laneOperations, lanes);
        if (Progress != _lastProgress)
        {
            (_lastProgress, _sinceProgress) = (Progress, 0);
        }
        else if ((_sinceProgress += instructions) > options.SpinBound)
        {
            throw new EmulationException(
                $"{program.Source.Name}: {options.SpinBound:N0} instructions ran without any write or barrier"
            );
        }
    }

    /// <summary>A warp publishes clocks at an address.</summary>
    public void Publish(ulong address, uint* clocks)
    {
        if (!_released.TryGetValue(address, out var released))
        {
            _released[address] = released = new uint[Clocks];
        }
        fixed (uint* at = released)
        {
            Machine.Clocks.Join(at, clocks, Clocks);
        }
    }

    /// <summary>A warp takes over what was published at an address.</summary>
    public void Take(ulong address, uint* clocks)
    {
        if (_released.TryGetValue(address, out var released))
        {
            fixed (uint* at = released)
            {
                Machine.Clocks.Join(clocks, at, Clocks);
            }
        }
    }

    /// <summary>Runs all blocks to their end.</summary>
    public void Run()
    {
        var count = blocks.X * blocks.Y;
        if (isCooperative)
        {
            Together(count);
            return;
        }
        if (count == 1 || program.HasAtomics)
        {
            using var block = new Block(this);
            for (var i = 0; i < count; i++)
            {
                Alone(block, i);
            }
            return;
        }
        try
        {
            Parallel.For(
                0,
                count,
                () => new Block(this),
                (i, _, block) =>
                {
                    Alone(block, i);
                    return block;
                },
                block => block.Dispose()
            );
        }
        catch (AggregateException failure)
        {
            throw failure.InnerExceptions[0];
        }
    }

    private void Alone(Block block, int index)
    {
        block.Start(index);
        Interleave(block.Warps, [block], new(options.Seed, (uint)index));
    }

    private void Together(int count)
    {
        var all = new Block[count];
        try
        {
            for (var i = 0; i < count; i++)
            {
                all[i] = new(this);
                all[i].Start(i);
            }
            Interleave([.. all.SelectMany(block => block.Warps)], all, new(options.Seed, 0));
        }
        finally
        {
            foreach (var block in all)
            {
                block?.Dispose();
            }
        }
    }

    private void Interleave(Warp[] warps, Block[] all, Schedule schedule)
    {
        var polls = 0L;
        while (true)
        {
            var ran = false;
            var left = false;
            var before = Progress;
            foreach (var warp in schedule.Round(warps, options.Starve, Progress))
            {
                if (warp.IsDone || warp.Waits)
                {
                    continue;
                }
                ran = true;
                warp.Run(schedule.Budget());
                if (warp.Waits || warp.IsDone)
                {
                    warp.Block.MeetAtBarrier();
                }
            }
            if (ran)
            {
                polls = Progress == before ? polls + 1 : 0;
                if (polls > options.PollBound)
                {
                    var at = warps.First(warp => !warp.IsDone && !warp.Waits);
                    throw new EmulationException($"{program.Source.Name}: all wait without end; {at.Where}");
                }
                continue;
            }
            foreach (var block in all)
            {
                left |= Array.Exists(block.Warps, warp => !warp.IsDone);
            }
            if (!left)
            {
                return;
            }
            throw new EmulationException(
                $"{program.Source.Name}: all wait for each other; {warps.First(warp => !warp.IsDone).Where}"
            );
        }
    }
}

/// <summary>In which order warps run, by a seed; seed 0 is the plain order, each as far as it can.</summary>
internal struct Schedule(ulong seed, uint block)
{
    private ulong _state = seed == 0 ? 0 : (seed * 0x9E3779B97F4A7C15) ^ ((ulong)block << 32);
    private int _rounds;
    private int _victim;

    /// <summary>How many instructions a warp may run.</summary>
    public int Budget() => seed == 0 ? 4096 : 1 + (int)(Next() % 600);

    /// <summary>The warps of the next round, in order.</summary>
    public IEnumerable<Warp> Round(Warp[] warps, Starved starve, long progress)
    {
        if (seed == 0)
        {
            return warps;
        }
        if (_rounds++ % 64 == 0)
        {
            _victim = (int)(Next() % (ulong)warps.Length);
        }
        var victim = warps[_victim];
        var order = warps.ToArray();
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = (int)(Next() % (ulong)(i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
        if (starve == Starved.Nothing)
        {
            return order;
        }
        bool Held(Warp warp) => starve == Starved.Warp ? warp == victim : warp.Block == victim.Block;
        return Array.Exists(order, warp => !Held(warp) && !warp.IsDone && !warp.Waits && warp.IdleSince != progress)
            ? order.Where(warp => !Held(warp))
            : order;
    }

    private ulong Next()
    {
        // SplitMix64.
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
