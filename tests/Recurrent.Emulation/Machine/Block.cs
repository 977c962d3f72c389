namespace Recurrent.Emulation.Machine;

/// <summary>A block of a grid, while it runs.</summary>
internal sealed class Block : IDisposable
{
    /// <summary>A place for blocks of a launch, one after another.</summary>
    public Block(Launch launch)
    {
        Launch = launch;
        Shared = new(launch.SharedBytes);
        Warps = new Warp[launch.WarpsOfBlock];
        for (var i = 0; i < Warps.Length; i++)
        {
            Warps[i] = new(this, i);
        }
    }

    /// <summary>The launch.</summary>
    public Launch Launch { get; }

    /// <summary>Its number in the grid.</summary>
    public int Index { get; private set; }

    /// <summary>Its column of the grid.</summary>
    public int X => Index % Launch.Blocks.X;

    /// <summary>Its row of the grid.</summary>
    public int Y => Index / Launch.Blocks.X;

    /// <summary>Its shared memory.</summary>
    public Words Shared { get; }

    /// <summary>Its warps.</summary>
    public Warp[] Warps { get; }

    /// <summary>The first clock of its warps; later than that of the block that was here before.</summary>
    public uint Clock { get; private set; }

    /// <summary>
    /// The first stamp since all its warps met last: what was done in the block before that is seen by all.
    /// </summary>
    public ulong Floor { get; private set; }

    /// <summary>Becomes a block of the grid.</summary>
    public void Start(int index)
    {
        Index = index;
        Clock = Launch.IsCooperative ? Launch.Clock : Launch.LastClock + 1;
        Floor = (ulong)Clock << 32;
        Shared.Forget();
        foreach (var warp in Warps)
        {
            warp.Start();
        }
    }

    /// <summary>Lets the warps go on if all wait at the barrier.</summary>
    public unsafe bool MeetAtBarrier()
    {
        var waiting = 0;
        foreach (var warp in Warps)
        {
            if (warp.Waits)
            {
                waiting++;
            }
            else if (!warp.IsDone)
            {
                return false;
            }
        }
        if (waiting == 0)
        {
            return false;
        }
        if (Array.Find(Warps, warp => warp.HasLost) is { } lost)
        {
            var at = Array.Find(Warps, warp => warp.Waits)!;
            throw new EmulationException(
                $"{Launch.Program.Source.Name}: {at.Where} waits at a barrier that threads of warp {lost.Index} have left"
            );
        }
        // Each sees what all have done; their clocks go on from the latest.
        var clocks = Launch.Clocks;
        var first = Warps[0].Clocks;
        for (var w = 1; w < Warps.Length; w++)
        {
            Clocks.Join(first, Warps[w].Clocks, clocks);
        }
        var own = new Span<uint>(first + (Warps[0].Unit - Warps[0].FirstClock), Warps.Length);
        var latest = 0u;
        foreach (var clock in own)
        {
            latest = Math.Max(latest, clock);
        }
        own.Fill(latest);
        for (var w = Warps.Length - 1; w >= 0; w--)
        {
            if (w > 0)
            {
                Buffer.MemoryCopy(first, Warps[w].Clocks, clocks * 4L, clocks * 4L);
            }
            Warps[w].Tick();
            Warps[w].Release();
        }
        Floor = (ulong)(latest + 1) << 32;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Shared.Dispose();
        foreach (var warp in Warps)
        {
            warp.Dispose();
        }
    }
}

/// <summary>Clocks of many warps.</summary>
internal static unsafe class Clocks
{
    /// <summary>Raises clocks to others.</summary>
    public static void Join(uint* clocks, uint* others, int count)
    {
        for (var i = 0; i < count; i++)
        {
            clocks[i] = Math.Max(clocks[i], others[i]);
        }
    }
}
