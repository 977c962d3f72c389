using System.Numerics;
using System.Runtime.CompilerServices;

namespace Recurrent.Emulation;

/// <summary>The instructions that touch memory.</summary>
internal static unsafe class MemoryAccess
{
    public static void LoadParameter(Warp w, Instruction* i, uint mask)
    {
        var from = w.Block.Launch.Parameters + i->Offset;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            for (var k = 0; k < i->Count; k++)
            {
                Copy(from + (k * i->Size), w.R + i->V[k] + (lane * i->Size), i->Size);
            }
        }
    }

    public static void LoadGlobal(Warp w, Instruction* i, uint mask)
    {
        var bytes = i->Count * i->Size;
        var stamp = w.Stamp | (i->IsStrong ? Races.Strong : 0);
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var words = Global(w, i, i->A, lane, bytes, out var at);
            if (i->IsStrong)
            {
                Take(w, i, lane);
            }
            Races.Read(w, i, words, at / 4, bytes / 4, stamp | ((uint)lane << 1));
            Get(w, i, lane, words.Data + at);
        }
    }

    public static void StoreGlobal(Warp w, Instruction* i, uint mask)
    {
        var bytes = i->Count * i->Size;
        var stamp = w.Stamp | (i->IsStrong ? Races.Strong : 0);
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var words = Global(w, i, i->A, lane, bytes, out var at);
            if (i->IsStrong)
            {
                Publish(w, i, lane);
            }
            Races.Write(w, i, words, at / 4, bytes / 4, stamp | ((uint)lane << 1));
            Put(w, i, lane, words.Data + at);
        }
        Released(w, i);
    }

    public static void LoadShared(Warp w, Instruction* i, uint mask)
    {
        var bytes = i->Count * i->Size;
        var stamp = w.Stamp | (i->IsStrong ? Races.Strong : 0);
        var words = w.Block.Shared;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var at = Shared(w, i, i->A, lane, bytes);
            Races.Read(w, i, words, at / 4, bytes / 4, stamp | ((uint)lane << 1));
            Get(w, i, lane, words.Data + at);
        }
    }

    public static void StoreShared(Warp w, Instruction* i, uint mask)
    {
        var bytes = i->Count * i->Size;
        var stamp = w.Stamp | (i->IsStrong ? Races.Strong : 0);
        var words = w.Block.Shared;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var at = Shared(w, i, i->A, lane, bytes);
            Races.Write(w, i, words, at / 4, bytes / 4, stamp | ((uint)lane << 1));
            Put(w, i, lane, words.Data + at);
        }
        w.Block.Launch.Progress++;
    }

    /// <summary>An atomic operation on a word; D is -1 where nobody asks for the old value.</summary>
    public static void Atomic<TOp>(Warp w, Instruction* i, uint mask)
        where TOp : IMap<uint, uint, uint>
    {
        var stamp = w.Stamp | Races.Strong;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var words = Global(w, i, i->A, lane, 4, out var at);
            Take(w, i, lane);
            Publish(w, i, lane);
            Races.Read(w, i, words, at / 4, 1, stamp | ((uint)lane << 1));
            Races.Write(w, i, words, at / 4, 1, stamp | ((uint)lane << 1));
            var value = (uint*)(words.Data + at);
            var old = *value;
            *value = TOp.Of(old, w.Row<uint>(i->B)[lane]);
            if (i->D >= 0)
            {
                w.Row<uint>(i->D)[lane] = old;
            }
        }
        Released(w, i);
    }

    /// <summary>Begins copies of 16 bytes from global into shared memory.</summary>
    public static void BeginCopy(Warp w, Instruction* i, uint mask)
    {
        var stamp = w.Stamp;
        var shared = w.Block.Shared;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var mine = stamp | ((uint)lane << 1);
            var to = Shared(w, i, i->D, lane, 16);
            var from = Global(w, i, i->A, lane, 16, out var at, i->Target);
            Races.Read(w, i, from, at / 4, 4, mine);
            Races.Write(w, i, shared, to / 4, 4, mine);
            Races.Begin(shared, to / 4, 4, mine);
            w.Copies.Begin(lane, (int)to, Unsafe.ReadUnaligned<UInt128>(from.Data + at));
        }
    }

    public static void CommitCopies(Warp w, Instruction* i, uint mask) => w.Copies.Commit(mask);

    /// <summary>Waits until at most some groups of copies are under way.</summary>
    public static void WaitForCopies(Warp w, Instruction* i, uint mask)
    {
        if (i->Target < 0)
        {
            w.Copies.Commit(mask);
        }
        foreach (var copy in w.Copies.Wait(mask, Math.Max(0, i->Target)))
        {
            var shared = w.Block.Shared;
            Unsafe.WriteUnaligned(shared.Data + copy.Offset, copy.Bytes);
            Races.End(shared, copy.Offset / 4, 4, w.Stamp | ((uint)copy.Lane << 1));
        }
    }

    /// <summary>What was done before is ordered before what comes, for those who synchronise with it.</summary>
    public static void Fence(Warp w, Instruction* i, uint mask)
    {
        var count = w.Block.Launch.Clocks;
        Clocks.Join(w.Clocks, w.Acquired, count);
        Buffer.MemoryCopy(w.Clocks, w.Fenced, count * 4L, count * 4L);
        w.Tick();
    }

    private static ulong Address(Warp w, Instruction* i, int row, int lane, long displacement) =>
        (i->IsWide ? w.Row<ulong>(row)[lane] : w.Row<uint>(row)[lane]) + (ulong)displacement;

    private static Words Global(Warp w, Instruction* i, int row, int lane, int bytes, out long at) =>
        Global(w, i, row, lane, bytes, out at, i->Offset);

    private static Words Global(Warp w, Instruction* i, int row, int lane, int bytes, out long at, long displacement)
    {
        var address = w.Row<ulong>(row)[lane] + (ulong)displacement;
        at = (uint)address;
        var words = w.Block.Launch.Memory.Find(address);
        if (words is null || at + bytes > words.Bytes)
        {
            throw w.Failure(
                i,
                words is null ? $"address {address:x} is not in any allocation"
                    : at > uint.MaxValue / 2
                        ? $"{(1L << 32) - at:N0} bytes before the start of the allocation behind it"
                    : $"{bytes} bytes at {at:N0} are not within the allocation of {words.Bytes:N0} bytes",
                lane
            );
        }
        return (at & (uint)(bytes - 1)) == 0
            ? words
            : throw w.Failure(i, $"{bytes} bytes at {at:N0}, which is not a multiple of that", lane);
    }

    private static long Shared(Warp w, Instruction* i, int row, int lane, int bytes)
    {
        var at = (long)Address(w, i, row, lane, i->Offset);
        var size = w.Block.Shared.Bytes;
        return at < 0 || at + bytes > size
                ? throw w.Failure(i, $"{bytes} bytes at {at:N0} of {size:N0} bytes of shared memory", lane)
            : (at & (bytes - 1)) != 0
                ? throw w.Failure(i, $"{bytes} bytes at {at:N0}, which is not a multiple of that", lane)
            : at;
    }

    private static void Get(Warp w, Instruction* i, int lane, byte* from)
    {
        for (var k = 0; k < i->Count; k++)
        {
            Copy(from + (k * i->Size), w.R + i->V[k] + (lane * i->Size), i->Size);
        }
    }

    private static void Put(Warp w, Instruction* i, int lane, byte* to)
    {
        for (var k = 0; k < i->Count; k++)
        {
            Copy(w.R + i->V[k] + (lane * i->Size), to + (k * i->Size), i->Size);
        }
    }

    private static void Copy(byte* from, byte* to, int size)
    {
        if (size == 4)
        {
            *(uint*)to = *(uint*)from;
        }
        else
        {
            *(ulong*)to = *(ulong*)from;
        }
    }

    /// <summary>A strong read sees what was published there: at once if it acquires, else after the next fence.</summary>
    private static void Take(Warp w, Instruction* i, int lane)
    {
        if (w.Block.Launch.IsCooperative)
        {
            w.Block.Launch.Take(Address(w, i, i->A, lane, i->Offset), i->Acquires ? w.Clocks : w.Acquired);
        }
    }

    /// <summary>A strong write publishes what its warp has seen: up to now if it releases, else up to its last fence.</summary>
    private static void Publish(Warp w, Instruction* i, int lane)
    {
        if (w.Block.Launch.IsCooperative)
        {
            w.Block.Launch.Publish(Address(w, i, i->A, lane, i->Offset), i->Releases ? w.Clocks : w.Fenced);
        }
    }

    private static void Released(Warp w, Instruction* i)
    {
        if (i->Releases)
        {
            w.Tick();
        }
        w.Block.Launch.Progress++;
    }
}
