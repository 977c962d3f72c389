using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Emulation.Instructions;

namespace Recurrent.Emulation.Machine;

/// <summary>
/// 32 threads that run an instruction together. Where they part, those with the lowest program counter run first, so
/// that they meet again.
/// </summary>
internal sealed unsafe class Warp : IDisposable
{
    private readonly List<(int Pc, uint Mask)> _groups = [];
    private readonly List<(int Pc, uint Mask)> _blocked = [];
    private uint _mask;

    /// <summary>A warp of a block.</summary>
    public Warp(Block block, int index)
    {
        Block = block;
        Index = index;
        var program = block.Launch.Program;
        R = (byte*)NativeMemory.AlignedAlloc((nuint)program.RegisterBytes, 64);
        Clocks = (uint*)NativeMemory.AllocZeroed((nuint)block.Launch.Clocks, 4);
        Acquired = (uint*)NativeMemory.AllocZeroed((nuint)block.Launch.Clocks, 4);
        Fenced = (uint*)NativeMemory.AllocZeroed((nuint)block.Launch.Clocks, 4);
    }

    /// <summary>Its block.</summary>
    public Block Block { get; }

    /// <summary>Its number in the block.</summary>
    public int Index { get; }

    /// <summary>Its number in the grid.</summary>
    public int Unit { get; private set; }

    /// <summary>Its registers, a row of 32 lanes each.</summary>
    public byte* R { get; private set; }

    /// <summary>The last clock of each warp that this one has seen; its own is the clock of what it does now.</summary>
    public uint* Clocks { get; private set; }

    /// <summary>The clocks that it will have seen after a fence, because it read what was written behind one.</summary>
    public uint* Acquired { get; private set; }

    /// <summary>The clocks that it had seen at its last fence.</summary>
    public uint* Fenced { get; private set; }

    /// <summary>The unit of the first clock.</summary>
    public int FirstClock { get; private set; }

    /// <summary>The lanes that have not ended.</summary>
    public uint Live { get; private set; }

    /// <summary>The instruction that runs next.</summary>
    public int Pc { get; private set; }

    /// <summary>The count of progress when it last found nothing new; -1: it found something.</summary>
    public long IdleSince { get; set; } = -1;

    /// <summary>The copies to shared memory that are under way.</summary>
    public AsyncCopies Copies { get; } = new();

    /// <summary>Whether all its threads wait at the block's barrier.</summary>
    public bool Waits => _mask == 0 && _groups.Count == 0 && _blocked.Count > 0;

    /// <summary>Whether all its threads have ended.</summary>
    public bool IsDone => Live == 0;

    /// <summary>Whether a thread of it has ended.</summary>
    public bool HasLost => Live != _threads;

    private uint _threads;

    /// <summary>Its own clock.</summary>
    public uint Now => Clocks[Unit - FirstClock];

    /// <summary>A stamp of an access of lane 0, without its strength.</summary>
    public ulong Stamp => ((ulong)Now << 32) | ((ulong)(uint)Unit << 6);

    /// <summary>A row of registers.</summary>
    public T* Row<T>(int offset)
        where T : unmanaged => (T*)(R + offset);

    /// <summary>Starts with a block of the grid.</summary>
    public void Start()
    {
        var launch = Block.Launch;
        Unit = (Block.Index * launch.WarpsOfBlock) + Index;
        FirstClock = launch.IsCooperative ? 0 : Block.Index * launch.WarpsOfBlock;
        new Span<uint>(Clocks, launch.Clocks).Fill(Block.Clock - 1);
        new Span<uint>(Acquired, launch.Clocks).Clear();
        new Span<uint>(Fenced, launch.Clocks).Clear();
        Clocks[Unit - FirstClock] = Block.Clock;
        launch.NoteClock(Block.Clock);
        _groups.Clear();
        _blocked.Clear();
        Copies.Clear();
        IdleSince = -1;
        Pc = 0;
        var threads = Math.Min(32, launch.Threads - (Index * 32));
        Live = _mask = _threads = threads == 32 ? uint.MaxValue : (1u << threads) - 1;
        launch.Program.Fill(this);
    }

    /// <summary>A new interval begins: what was done before can be told from what comes.</summary>
    public void Tick()
    {
        Clocks[Unit - FirstClock]++;
        Block.Launch.NoteClock(Now);
    }

    /// <summary>Goes on after a barrier.</summary>
    public void Release()
    {
        foreach (var group in _blocked)
        {
            _groups.Add(group);
        }
        _blocked.Clear();
        TakeLowest();
    }

    /// <summary>A failure of an instruction, with the place.</summary>
    public EmulationException Failure(Instruction* instruction, string message, int lane = 0) =>
        Block.Launch.Program.Source.Failure(
            instruction->Line,
            $"block {Block.X},{Block.Y}, thread {(Index * 32) + lane}: {message}"
        );

    /// <summary>Where it is, for messages.</summary>
    public string Where
    {
        get
        {
            var pcs = _blocked.Select(group => group.Pc - 1).ToList();
            var lines = pcs.Count > 0 ? pcs : [Pc];
            var line = Block.Launch.Program.LineOf(lines[0]);
            return $"block {Block.X},{Block.Y}, warp {Index} at line {line}";
        }
    }

    /// <summary>Runs instructions until a budget is spent or the warp waits or has ended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int budget)
    {
        var launch = Block.Launch;
        var code = launch.Program.Code;
        var limit = Limit();
        long lanes = 0;
        var steps = 0;
        while (steps < budget)
        {
            if (Pc >= limit)
            {
                Meet();
                limit = Limit();
            }
            steps++;
            var instruction = code + Pc;
            var mask = _mask;
            var active = mask;
            if (instruction->Guard >= 0)
            {
                var predicate = *(uint*)(R + instruction->Guard);
                active &= instruction->Unless ? ~predicate : predicate;
            }
            lanes += BitOperations.PopCount(active);
            if (instruction->Flow == Flow.Next)
            {
                if (active != 0)
                {
                    instruction->Run(this, instruction, active);
                }
                Pc++;
                continue;
            }
            if (active == 0)
            {
                Pc++;
                continue;
            }
            if (instruction->Flow == Flow.Branch)
            {
                var fall = mask & ~active;
                if (fall == 0)
                {
                    Pc = instruction->Target;
                }
                else
                {
                    if (instruction->IsAligned)
                    {
                        throw Failure(instruction, "threads of a warp part at a branch that is said to be uniform");
                    }
                    _groups.Add((Pc + 1, fall));
                    Pc = instruction->Target;
                    _mask = active;
                }
                limit = Limit();
                continue;
            }
            if (instruction->Flow == Flow.Poll)
            {
                instruction->Run(this, instruction, active);
                Pc++;
                IdleSince = launch.Progress;
                break;
            }
            if (instruction->Flow == Flow.Trap)
            {
                throw Failure(instruction, "the program gave up");
            }
            if (instruction->Flow == Flow.Exit)
            {
                Pc++;
                Live &= ~active;
                _mask &= ~active;
                launch.Progress++;
                if (_mask == 0)
                {
                    if (_groups.Count == 0)
                    {
                        break;
                    }
                    TakeLowest();
                    limit = Limit();
                }
                continue;
            }
            // A barrier.
            if (instruction->IsAligned && active != Live)
            {
                throw Failure(instruction, "not all threads of the warp come to this barrier together");
            }
            Pc++;
            _blocked.Add((Pc, active));
            _mask &= ~active;
            launch.Progress++;
            if (_mask == 0)
            {
                if (_groups.Count == 0)
                {
                    break;
                }
                TakeLowest();
                limit = Limit();
            }
        }
        launch.Count(steps, lanes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(R);
        NativeMemory.Free(Clocks);
        NativeMemory.Free(Acquired);
        NativeMemory.Free(Fenced);
        R = null;
        Clocks = Acquired = Fenced = null;
    }

    private int Limit()
    {
        var limit = int.MaxValue;
        foreach (var group in _groups)
        {
            limit = Math.Min(limit, group.Pc);
        }
        return limit;
    }

    private void Meet()
    {
        if (_mask != 0)
        {
            _groups.Add((Pc, _mask));
        }
        TakeLowest();
    }

    private void TakeLowest()
    {
        Pc = Limit();
        _mask = 0;
        for (var i = _groups.Count - 1; i >= 0; i--)
        {
            if (_groups[i].Pc == Pc)
            {
                _mask |= _groups[i].Mask;
                _groups.RemoveAt(i);
            }
        }
    }
}

/// <summary>The copies of a warp from global into shared memory that have not been waited for.</summary>
internal sealed class AsyncCopies
{
    private readonly List<Copy> _copies = [];
    private readonly int[] _committed = new int[32];

    /// <summary>A copy of 16 bytes by a lane.</summary>
    internal readonly record struct Copy(int Lane, int Group, int Offset, UInt128 Bytes);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _copies.Clear();
        Array.Clear(_committed);
    }

    /// <summary>Begins a copy.</summary>
    public void Begin(int lane, int offset, UInt128 bytes) => _copies.Add(new(lane, _committed[lane], offset, bytes));

    /// <summary>What lanes began so far becomes a group.</summary>
    public void Commit(uint mask)
    {
        for (; mask != 0; mask &= mask - 1)
        {
            _committed[BitOperations.TrailingZeroCount(mask)]++;
        }
    }

    /// <summary>Takes out, in order, what lanes wait for when all but their last groups must be done.</summary>
    public List<Copy> Wait(uint mask, int pending)
    {
        bool Ends(Copy copy) => ((mask >> copy.Lane) & 1) != 0 && copy.Group < _committed[copy.Lane] - pending;
        var done = _copies.FindAll(Ends);
        _copies.RemoveAll(Ends);
        return done;
    }
}
