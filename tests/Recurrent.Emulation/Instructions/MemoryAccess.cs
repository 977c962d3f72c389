using System.Numerics;
using System.Runtime.CompilerServices;
using Recurrent.Emulation.Machine;

namespace Recurrent.Emulation.Instructions;

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

    /// <summary>A load that may meet stores of others: it is volatile, relaxed or acquires.</summary>
    public static void LoadStrong(Warp w, Instruction* i, uint mask)
    {
        var stamp = w.Stamp | Races.Strong;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var words = Reach(w, i, lane, i->Count * i->Size, out var at);
            Take(w, i, lane);
            Races.Read(w, i, words, at / 4, i->Count * i->Size / 4, stamp | ((uint)lane << 1));
            for (var k = 0; k < i->Count; k++)
            {
                Copy(words.Data + at + (k * i->Size), w.R + i->V[k] + (lane * i->Size), i->Size);
            }
        }
    }

    /// <summary>A store that may meet accesses of others: it is volatile, relaxed or releases.</summary>
    public static void StoreStrong(Warp w, Instruction* i, uint mask)
    {
        var stamp = w.Stamp | Races.Strong;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var words = Reach(w, i, lane, i->Count * i->Size, out var at);
            Publish(w, i, lane);
            Races.Write(w, i, words, at / 4, i->Count * i->Size / 4, stamp | ((uint)lane << 1));
            for (var k = 0; k < i->Count; k++)
            {
                Copy(w.R + i->V[k] + (lane * i->Size), words.Data + at + (k * i->Size), i->Size);
            }
        }
        Released(w, i);
    }

    /// <summary>An atomic operation on a word; D is -1 where nobody asks for the old value.</summary>
    public static void Atomic<TOp>(Warp w, Instruction* i, uint mask)
        where TOp : IMap<uint, uint, uint>
    {
        var stamp = w.Stamp | Races.Strong;
        for (var rest = mask; rest != 0; rest &= rest - 1)
        {
            var lane = BitOperations.TrailingZeroCount(rest);
            var words = Reach(w, i, lane, 4, out var at);
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
            var (to, at) = (Address(w, i, lane, i->D, i->IsWide), w.Row<ulong>(i->A)[lane] + (ulong)i->Target);
            Place(w, i, lane, shared, to, 16);
            var from = w.Block.Launch.Memory.Find(at);
            at = (uint)Place(w, i, lane, from, at, 16);
            Races.Read(w, i, from!, (long)at / 4, 4, mine);
            Races.Write(w, i, shared, (long)to / 4, 4, mine);
            Races.Begin(shared, (long)to / 4, 4, mine);
            w.Copies.Begin(lane, (int)to, Unsafe.ReadUnaligned<UInt128>(from!.Data + at));
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

    /// <summary>What is wrong with an address in a range, or in none.</summary>
    public static EmulationException Misplaced(Warp w, Instruction* i, int lane, ulong address, int bytes, Words? words)
    {
        var isShared = words is null ? i->IsShared : words == w.Block.Shared;
        var at = isShared ? (long)address : (int)address;
        words ??= isShared ? w.Block.Shared : w.Block.Launch.Memory.Find(address - (ulong)at); // just before its start
        return w.Failure(
            i,
            words is null ? $"address {address:x} is not in any allocation"
                : at < 0 || at + bytes > words.Bytes
                    ? $"{bytes} bytes at {at:N0} are not within the "
                        + (
                            isShared
                                ? $"{words.Bytes:N0} bytes of shared memory"
                                : $"allocation of {words.Bytes:N0} bytes"
                        )
                : $"{bytes} bytes at {at:N0}, which is not a multiple of that",
            lane
        );
    }

    private static ulong Address(Warp w, Instruction* i, int lane, int row, bool isWide) =>
        isWide ? w.Row<ulong>(row)[lane] + (ulong)i->Offset : (uint)(w.Row<uint>(row)[lane] + i->Offset);

    private static Words Reach(Warp w, Instruction* i, int lane, int bytes, out long at)
    {
        var address = Address(w, i, lane, i->A, i->IsWide);
        var words = i->IsShared ? w.Block.Shared : w.Block.Launch.Memory.Find(address);
        at = Place(w, i, lane, words, address, bytes);
        return words!;
    }

    /// <summary>The offset of an address in a range, which must be within and aligned.</summary>
    private static long Place(Warp w, Instruction* i, int lane, Words? words, ulong address, int bytes)
    {
        var at = words == w.Block.Shared ? (long)address : (uint)address;
        return words is null || at < 0 || at + bytes > words.Bytes || (at & (bytes - 1)) != 0
            ? throw Misplaced(w, i, lane, address, bytes, words)
            : at;
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

    /// <summary>
    /// A strong read sees what was published there: at once if it acquires, else after the next fence.
    /// </summary>
    private static void Take(Warp w, Instruction* i, int lane)
    {
        if (w.Block.Launch.IsCooperative && !i->IsShared)
        {
            w.Block.Launch.Take(Address(w, i, lane, i->A, i->IsWide), i->Acquires ? w.Clocks : w.Acquired);
        }
    }

    /// <summary>
    /// A strong write publishes what its warp has seen: up to now if it releases, else up to its last fence.
    /// </summary>
    private static void Publish(Warp w, Instruction* i, int lane)
    {
        if (w.Block.Launch.IsCooperative && !i->IsShared)
        {
            w.Block.Launch.Publish(Address(w, i, lane, i->A, i->IsWide), i->Releases ? w.Clocks : w.Fenced);
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
