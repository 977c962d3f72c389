using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Emulation.Machine;

namespace Recurrent.Emulation.Instructions;

/// <summary>Which memory an access goes to.</summary>
internal interface ISpace
{
    /// <summary>Whether it is the block's shared memory.</summary>
    static abstract bool IsShared { get; }
}

internal readonly struct GlobalSpace : ISpace
{
    public static bool IsShared => false;
}

internal readonly struct SharedSpace : ISpace
{
    public static bool IsShared => true;
}

/// <summary>What a lane moves.</summary>
internal interface IShape
{
    /// <summary>The number of registers.</summary>
    static abstract int Count { get; }

    /// <summary>The bytes of each.</summary>
    static abstract int Size { get; }
}

internal readonly struct One : IShape
{
    public static int Count => 1;

    public static int Size => 4;
}

internal readonly struct Two : IShape
{
    public static int Count => 2;

    public static int Size => 4;
}

internal readonly struct Four : IShape
{
    public static int Count => 4;

    public static int Size => 4;
}

internal readonly struct OneWide : IShape
{
    public static int Count => 1;

    public static int Size => 8;
}

internal readonly struct TwoWide : IShape
{
    public static int Count => 2;

    public static int Size => 8;
}

/// <summary>
/// Loads and stores. Whether anybody else touched a word since all were last ordered is asked here, many words at a
/// time; what to make of it is for <see cref="Races"/> to say.
/// </summary>
internal static unsafe class Access
{
    private static readonly Vector512<ulong> s_lanes = Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<TSpace, TShape>(Warp w, Instruction* i, uint mask)
        where TSpace : struct, ISpace
        where TShape : struct, IShape
    {
        var (stamp, floor) = (w.Stamp, Floor<TSpace>(w));
        if (TShape.Count * TShape.Size == 4 && mask == uint.MaxValue && Row<TSpace>(w, i, out var start) is { } row)
        {
            if (ReadRow(row, start / 4, stamp, floor))
            {
                Vector512.Load(row.Data + start).Store(w.R + i->V[0]);
                Vector512.Load(row.Data + start + 64).Store(w.R + i->V[0] + 64);
                return;
            }
        }
        var bytes = TShape.Count * TShape.Size;
        var (words, slot, size, last) = (default(Words), ulong.MaxValue, 0L, ulong.MaxValue);
        byte* data = null;
        ulong* writers = null,
            readers = null,
            others = null;
        var seen = stackalloc ulong[8]; // lanes often reach for the same words, in a row or every eighth
        Vector512<ulong>.AllBitsSet.Store(seen);
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var address = Address<TSpace>(w, i, lane);
            if (address >> 32 != slot)
            {
                words = Find<TSpace>(w, i, lane, address, bytes);
                (slot, size) = (address >> 32, words.Bytes);
                data = words.Data;
                writers = words.Writers;
                readers = words.Readers;
                others = words.OtherReaders;
            }
            var at = (ulong)(uint)address;
            if ((long)at + bytes > size || (at & (uint)(bytes - 1)) != 0)
            {
                throw MemoryAccess.Misplaced(w, i, lane, address, bytes, words);
            }
            if (at != last && at != seen[lane & 7])
            {
                var mine = stamp | ((uint)lane << 1);
                for (var k = at / 4; k < (at + (uint)bytes) / 4; k++)
                {
                    if (writers[k] - 1 >= floor - 1)
                    {
                        Races.CheckRead(w, i, words!, (long)k, mine);
                    }
                    var reader = readers[k];
                    if ((reader ^ mine) >> 6 != 0)
                    {
                        if ((uint)(reader ^ mine) >> 6 != 0)
                        {
                            others[k] = reader;
                        }
                        readers[k] = mine;
                    }
                }
                seen[lane & 7] = last = at;
            }
            for (var k = 0; k < TShape.Count; k++)
            {
                Move<TShape>(data + at + (uint)(k * TShape.Size), w.R + i->V[k] + (lane * TShape.Size));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<TSpace, TShape>(Warp w, Instruction* i, uint mask)
        where TSpace : struct, ISpace
        where TShape : struct, IShape
    {
        var (stamp, floor) = (w.Stamp, Floor<TSpace>(w));
        w.Block.Launch.Progress++;
        if (TShape.Count * TShape.Size == 4 && mask == uint.MaxValue && Row<TSpace>(w, i, out var start) is { } row)
        {
            if (WriteRow(row, start / 4, stamp, floor))
            {
                Vector512.Load(w.R + i->V[0]).Store(row.Data + start);
                Vector512.Load(w.R + i->V[0] + 64).Store(row.Data + start + 64);
                return;
            }
        }
        var bytes = TShape.Count * TShape.Size;
        var (words, slot, size) = (default(Words), ulong.MaxValue, 0L);
        byte* data = null;
        ulong* writers = null,
            readers = null,
            others = null;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var address = Address<TSpace>(w, i, lane);
            if (address >> 32 != slot)
            {
                words = Find<TSpace>(w, i, lane, address, bytes);
                (slot, size) = (address >> 32, words.Bytes);
                data = words.Data;
                writers = words.Writers;
                readers = words.Readers;
                others = words.OtherReaders;
            }
            var at = (ulong)(uint)address;
            if ((long)at + bytes > size || (at & (uint)(bytes - 1)) != 0)
            {
                throw MemoryAccess.Misplaced(w, i, lane, address, bytes, words);
            }
            var mine = stamp | ((uint)lane << 1);
            for (var k = at / 4; k < (at + (uint)bytes) / 4; k++)
            {
                if (writers[k] >= floor || readers[k] >= floor || others[k] >= floor)
                {
                    Races.CheckWrite(w, i, words!, (long)k, mine);
                }
                writers[k] = mine;
                readers[k] = others[k] = 0;
            }
            for (var k = 0; k < TShape.Count; k++)
            {
                Move<TShape>(w.R + i->V[k] + (lane * TShape.Size), data + at + (uint)(k * TShape.Size));
            }
        }
    }

    /// <summary>The first stamp that may be of a thread that this one is not ordered with.</summary>
    private static ulong Floor<TSpace>(Warp w)
        where TSpace : struct, ISpace => TSpace.IsShared ? w.Block.Floor : (ulong)w.Block.Launch.Clock << 32;

    private static ulong Address<TSpace>(Warp w, Instruction* i, int lane)
        where TSpace : struct, ISpace =>
        !TSpace.IsShared || i->IsWide
            ? w.Row<ulong>(i->A)[lane] + (ulong)i->Offset
            : (uint)(w.Row<uint>(i->A)[lane] + i->Offset);

    /// <summary>The range that an address is in.</summary>
    private static Words Find<TSpace>(Warp w, Instruction* i, int lane, ulong address, int bytes)
        where TSpace : struct, ISpace =>
        (TSpace.IsShared ? (address >> 32 == 0 ? w.Block.Shared : null) : w.Block.Launch.Memory.Find(address))
        ?? throw MemoryAccess.Misplaced(w, i, lane, address, bytes, null);

    /// <summary>
    /// The range in which the 32 lanes reach for 32 words in a row, if so; and the offset of the first.
    /// </summary>
    private static Words? Row<TSpace>(Warp w, Instruction* i, out ulong start)
        where TSpace : struct, ISpace
    {
        var first = Address<TSpace>(w, i, 0);
        start = (uint)first;
        if (TSpace.IsShared && !i->IsWide)
        {
            var a = w.Row<uint>(i->A);
            var lanes = Vector512.Create(0u, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60);
            var row = Vector512.Create(a[0]) + lanes;
            if (Vector512.Load(a) != row || Vector512.Load(a + 16) != row + Vector512.Create(64u))
            {
                return null;
            }
        }
        else
        {
            var a = w.Row<ulong>(i->A);
            var row = Vector512.Create(a[0]) + (s_lanes << 2);
            if (
                Vector512.Load(a) != row
                || Vector512.Load(a + 8) != row + Vector512.Create(32ul)
                || Vector512.Load(a + 16) != row + Vector512.Create(64ul)
                || Vector512.Load(a + 24) != row + Vector512.Create(96ul)
            )
            {
                return null;
            }
        }
        var words = Find<TSpace>(w, i, 0, first, 4);
        return (long)start + 128 <= words.Bytes && (start & 3) == 0 ? words : null;
    }

    /// <summary>32 lanes read a word each, if all are sure to be ordered.</summary>
    private static bool ReadRow(Words words, ulong word, ulong stamp, ulong floor)
    {
        var bound = Vector512.Create(floor - 1);
        for (var k = 0u; k < 32; k += 8)
        {
            if (!Vector512.LessThanAll(Vector512.Load(words.Writers + word + k) - Vector512<ulong>.One, bound))
            {
                return false;
            }
        }
        var mine = Vector512.Create(stamp) + (s_lanes << 1);
        for (var k = 0u; k < 32; k += 8, mine += Vector512.Create(16ul))
        {
            var reader = Vector512.Load(words.Readers + word + k);
            var same = Vector512.Equals((reader ^ mine) & Vector512.Create(0xFFFFFFC0ul), Vector512<ulong>.Zero);
            Vector512
                .ConditionalSelect(same, Vector512.Load(words.OtherReaders + word + k), reader)
                .Store(words.OtherReaders + word + k);
            mine.Store(words.Readers + word + k);
        }
        return true;
    }

    /// <summary>32 lanes write a word each, if all are sure to be ordered.</summary>
    private static bool WriteRow(Words words, ulong word, ulong stamp, ulong floor)
    {
        var bound = Vector512.Create(floor);
        for (var k = 0u; k < 32; k += 8)
        {
            var latest = Vector512.Max(
                Vector512.Load(words.Writers + word + k),
                Vector512.Max(Vector512.Load(words.Readers + word + k), Vector512.Load(words.OtherReaders + word + k))
            );
            if (!Vector512.LessThanAll(latest, bound))
            {
                return false;
            }
        }
        var mine = Vector512.Create(stamp) + (s_lanes << 1);
        for (var k = 0u; k < 32; k += 8, mine += Vector512.Create(16ul))
        {
            mine.Store(words.Writers + word + k);
            Vector512<ulong>.Zero.Store(words.Readers + word + k);
            Vector512<ulong>.Zero.Store(words.OtherReaders + word + k);
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<TShape>(byte* from, byte* to)
        where TShape : struct, IShape
    {
        if (TShape.Size == 4)
        {
            *(uint*)to = *(uint*)from;
        }
        else
        {
            *(ulong*)to = *(ulong*)from;
        }
    }
}
