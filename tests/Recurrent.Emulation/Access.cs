using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Recurrent.Emulation;

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
/// Loads and stores. Whether anybody else touched a word since it could last be told (<see cref="View.Floor"/>) is asked
/// here, many words at a time; what to make of it is for <see cref="Races"/> to say.
/// </summary>
internal static unsafe class Access
{
    private static readonly Vector512<ulong> s_lanes = Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<TSpace, TShape>(Warp w, Instruction* i, uint mask)
        where TSpace : struct, ISpace
        where TShape : struct, IShape
    {
        var view = Open<TSpace>(w);
        var stamp = w.Stamp;
        if (TShape.Count * TShape.Size == 4 && mask == uint.MaxValue && Row<TSpace>(w, i, ref view, out var start))
        {
            if (ReadRow(view, start / 4, stamp))
            {
                Vector512.Load(view.Data + start).Store(w.R + i->V[0]);
                Vector512.Load(view.Data + start + 64).Store(w.R + i->V[0] + 64);
                return;
            }
        }
        var last = ulong.MaxValue;
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var at = Find<TSpace, TShape>(w, i, lane, ref view);
            if (at != last)
            {
                Read<TShape>(w, i, view, at / 4, stamp | ((uint)lane << 1));
                last = at;
            }
            for (var k = 0; k < TShape.Count; k++)
            {
                Move<TShape>(view.Data + at + (uint)(k * TShape.Size), w.R + i->V[k] + (lane * TShape.Size));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<TSpace, TShape>(Warp w, Instruction* i, uint mask)
        where TSpace : struct, ISpace
        where TShape : struct, IShape
    {
        var view = Open<TSpace>(w);
        var stamp = w.Stamp;
        w.Block.Launch.Progress++;
        if (TShape.Count * TShape.Size == 4 && mask == uint.MaxValue && Row<TSpace>(w, i, ref view, out var start))
        {
            if (WriteRow(view, start / 4, stamp))
            {
                Vector512.Load(w.R + i->V[0]).Store(view.Data + start);
                Vector512.Load(w.R + i->V[0] + 64).Store(view.Data + start + 64);
                return;
            }
        }
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            var at = Find<TSpace, TShape>(w, i, lane, ref view);
            Write<TShape>(w, i, view, at / 4, stamp | ((uint)lane << 1));
            for (var k = 0; k < TShape.Count; k++)
            {
                Move<TShape>(w.R + i->V[k] + (lane * TShape.Size), view.Data + at + (uint)(k * TShape.Size));
            }
        }
    }

    /// <summary>A range that accesses have gone to, at hand.</summary>
    private ref struct View
    {
        /// <summary>The upper half of its addresses.</summary>
        public ulong Slot;

        /// <summary>Its size.</summary>
        public long Bytes;

        /// <summary>Stamps from here on may be of threads that this one is not ordered with.</summary>
        public ulong Floor;

        public Words? Words;
        public byte* Data;
        public ulong* Writers;
        public ulong* Readers;
        public ulong* Others;

        public void Take(Words words)
        {
            Words = words;
            Bytes = words.Bytes;
            Data = words.Data;
            Writers = words.Writers;
            Readers = words.Readers;
            Others = words.OtherReaders;
        }
    }

    private static View Open<TSpace>(Warp w)
        where TSpace : struct, ISpace
    {
        var view = default(View);
        if (TSpace.IsShared)
        {
            view.Floor = w.Block.Floor;
            view.Take(w.Block.Shared);
        }
        else
        {
            view.Floor = (ulong)w.Block.Launch.Clock << 32;
            view.Slot = ulong.MaxValue;
        }
        return view;
    }

    /// <summary>The offset of a lane's address in the range around it, which is within and aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Find<TSpace, TShape>(Warp w, Instruction* i, int lane, ref View view)
        where TSpace : struct, ISpace
        where TShape : struct, IShape
    {
        var bytes = TShape.Count * TShape.Size;
        var address = Address<TSpace>(w, i, lane);
        if (address >> 32 != view.Slot)
        {
            Turn<TSpace>(w, i, lane, address, bytes, ref view);
        }
        var at = (uint)address;
        if (at + bytes > view.Bytes || (at & (uint)(bytes - 1)) != 0)
        {
            throw MemoryAccess.Misplaced(w, i, lane, address, bytes, view.Words);
        }
        return at;
    }

    private static ulong Address<TSpace>(Warp w, Instruction* i, int lane)
        where TSpace : struct, ISpace =>
        !TSpace.IsShared ? w.Row<ulong>(i->A)[lane] + (ulong)i->Offset
        : i->IsWide ? w.Row<ulong>(i->A)[lane] + (ulong)i->Offset
        : (uint)(w.Row<uint>(i->A)[lane] + i->Offset);

    private static void Turn<TSpace>(Warp w, Instruction* i, int lane, ulong address, int bytes, ref View view)
        where TSpace : struct, ISpace
    {
        var words = TSpace.IsShared ? null : w.Block.Launch.Memory.Find(address);
        view.Take(words ?? throw MemoryAccess.Misplaced(w, i, lane, address, bytes, null));
        view.Slot = address >> 32;
    }

    /// <summary>Whether the 32 lanes reach for 32 words in a row; and the offset of the first.</summary>
    private static bool Row<TSpace>(Warp w, Instruction* i, ref View view, out ulong start)
        where TSpace : struct, ISpace
    {
        var first = Address<TSpace>(w, i, 0);
        start = (uint)first;
        if (TSpace.IsShared && !i->IsWide)
        {
            var a = w.Row<uint>(i->A);
            var lanes = Vector512.Create(0u, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60);
            var base0 = Vector512.Create(a[0]) + lanes;
            if (Vector512.Load(a) != base0 || Vector512.Load(a + 16) != base0 + Vector512.Create(64u))
            {
                return false;
            }
        }
        else
        {
            var a = w.Row<ulong>(i->A);
            var base0 = Vector512.Create(a[0]) + (s_lanes << 2);
            if (
                Vector512.Load(a) != base0
                || Vector512.Load(a + 8) != base0 + Vector512.Create(32ul)
                || Vector512.Load(a + 16) != base0 + Vector512.Create(64ul)
                || Vector512.Load(a + 24) != base0 + Vector512.Create(96ul)
            )
            {
                return false;
            }
        }
        if (first >> 32 != view.Slot)
        {
            Turn<TSpace>(w, i, 0, first, 4, ref view);
        }
        return (long)start + 128 <= view.Bytes && (start & 3) == 0;
    }

    /// <summary>32 lanes read a word each, if all are sure to be ordered.</summary>
    private static bool ReadRow(in View view, ulong word, ulong stamp)
    {
        var bound = Vector512.Create(view.Floor - 1);
        for (var k = 0u; k < 32; k += 8)
        {
            if (!Vector512.LessThanAll(Vector512.Load(view.Writers + word + k) - Vector512<ulong>.One, bound))
            {
                return false;
            }
        }
        var mine = Vector512.Create(stamp) + (s_lanes << 1);
        for (var k = 0u; k < 32; k += 8, mine += Vector512.Create(16ul))
        {
            var reader = Vector512.Load(view.Readers + word + k);
            var same = Vector512.Equals((reader ^ mine) & Vector512.Create(0xFFFFFFC0ul), Vector512<ulong>.Zero);
            Vector512
                .ConditionalSelect(same, Vector512.Load(view.Others + word + k), reader)
                .Store(view.Others + word + k);
            mine.Store(view.Readers + word + k);
        }
        return true;
    }

    /// <summary>32 lanes write a word each, if all are sure to be ordered.</summary>
    private static bool WriteRow(in View view, ulong word, ulong stamp)
    {
        var bound = Vector512.Create(view.Floor);
        for (var k = 0u; k < 32; k += 8)
        {
            var latest = Vector512.Max(
                Vector512.Load(view.Writers + word + k),
                Vector512.Max(Vector512.Load(view.Readers + word + k), Vector512.Load(view.Others + word + k))
            );
            if (!Vector512.LessThanAll(latest, bound))
            {
                return false;
            }
        }
        var mine = Vector512.Create(stamp) + (s_lanes << 1);
        for (var k = 0u; k < 32; k += 8, mine += Vector512.Create(16ul))
        {
            mine.Store(view.Writers + word + k);
            Vector512<ulong>.Zero.Store(view.Readers + word + k);
            Vector512<ulong>.Zero.Store(view.Others + word + k);
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Read<TShape>(Warp w, Instruction* i, in View view, ulong word, ulong stamp)
        where TShape : struct, IShape
    {
        var words = TShape.Count * TShape.Size / 4;
        for (var k = word; k < word + (uint)words; k++)
        {
            if (view.Writers[k] - 1 >= view.Floor - 1)
            {
                Races.CheckRead(w, i, view.Words!, (long)k, stamp);
            }
            var reader = view.Readers[k];
            if ((reader ^ stamp) >> 6 != 0)
            {
                if ((uint)(reader ^ stamp) >> 6 != 0)
                {
                    view.Others[k] = reader;
                }
                view.Readers[k] = stamp;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TShape>(Warp w, Instruction* i, in View view, ulong word, ulong stamp)
        where TShape : struct, IShape
    {
        var words = TShape.Count * TShape.Size / 4;
        for (var k = word; k < word + (uint)words; k++)
        {
            if (view.Writers[k] >= view.Floor || view.Readers[k] >= view.Floor || view.Others[k] >= view.Floor)
            {
                Races.CheckWrite(w, i, view.Words!, (long)k, stamp);
            }
            view.Writers[k] = stamp;
            view.Readers[k] = view.Others[k] = 0;
        }
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
