using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Emulation.Machine;

namespace Recurrent.Emulation.Instructions;

/// <summary>An operation of one operand on vectors.</summary>
internal interface IUnary<T>
{
    static abstract Vector512<T> Of(Vector512<T> a);
}

/// <summary>An operation of two operands on vectors.</summary>
internal interface IBinary<T>
{
    static abstract Vector512<T> Of(Vector512<T> a, Vector512<T> b);
}

/// <summary>An operation of three operands on vectors.</summary>
internal interface ITernary<T>
{
    static abstract Vector512<T> Of(Vector512<T> a, Vector512<T> b, Vector512<T> c);
}

/// <summary>A conversion of a value.</summary>
internal interface IMap<TIn, TOut>
{
    static abstract TOut Of(TIn a);
}

/// <summary>An operation on two values.</summary>
internal interface IMap<TFirst, TSecond, TOut>
{
    static abstract TOut Of(TFirst a, TSecond b);
}

/// <summary>An operation on three values.</summary>
internal interface IMap<TFirst, TSecond, TThird, TOut>
{
    static abstract TOut Of(TFirst a, TSecond b, TThird c);
}

/// <summary>Operations on rows of registers, for the lanes of a mask.</summary>
internal static unsafe class Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<TOp, T>(Warp w, Instruction* i, uint mask)
        where TOp : IUnary<T>
        where T : unmanaged
    {
        T* d = w.Row<T>(i->D),
            a = w.Row<T>(i->A);
        for (var k = 0; k < 32; k += Vector512<T>.Count)
        {
            Put(d, k, TOp.Of(Vector512.Load(a + k)), mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<TOp, T>(Warp w, Instruction* i, uint mask)
        where TOp : IBinary<T>
        where T : unmanaged
    {
        T* d = w.Row<T>(i->D),
            a = w.Row<T>(i->A),
            b = w.Row<T>(i->B);
        for (var k = 0; k < 32; k += Vector512<T>.Count)
        {
            Put(d, k, TOp.Of(Vector512.Load(a + k), Vector512.Load(b + k)), mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary<TOp, T>(Warp w, Instruction* i, uint mask)
        where TOp : ITernary<T>
        where T : unmanaged
    {
        T* d = w.Row<T>(i->D),
            a = w.Row<T>(i->A),
            b = w.Row<T>(i->B),
            c = w.Row<T>(i->C);
        for (var k = 0; k < 32; k += Vector512<T>.Count)
        {
            Put(d, k, TOp.Of(Vector512.Load(a + k), Vector512.Load(b + k), Vector512.Load(c + k)), mask);
        }
    }

    /// <summary>A comparison: its result is a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compare<TOp, T>(Warp w, Instruction* i, uint mask)
        where TOp : IBinary<T>
        where T : unmanaged
    {
        T* a = w.Row<T>(i->A),
            b = w.Row<T>(i->B);
        uint bits = 0;
        for (var k = 0; k < 32; k += Vector512<T>.Count)
        {
            var part = TOp.Of(Vector512.Load(a + k), Vector512.Load(b + k));
            bits |= (uint)part.ExtractMostSignificantBits() << k;
        }
        PutPredicate(w, i->D, bits, mask);
        if (i->Other >= 0)
        {
            PutPredicate(w, i->Other, ~bits, mask);
        }
    }

    /// <summary>One of two values, by a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select<T>(Warp w, Instruction* i, uint mask)
        where T : unmanaged
    {
        T* d = w.Row<T>(i->D),
            a = w.Row<T>(i->A),
            b = w.Row<T>(i->B);
        var which = *w.Row<uint>(i->C);
        for (var k = 0; k < 32; k += Vector512<T>.Count)
        {
            var chosen = Vector512.ConditionalSelect(Of<T>(which >> k), Vector512.Load(a + k), Vector512.Load(b + k));
            Put(d, k, chosen, mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TOp, TIn, TOut>(Warp w, Instruction* i, uint mask)
        where TOp : IMap<TIn, TOut>
        where TIn : unmanaged
        where TOut : unmanaged
    {
        var d = w.Row<TOut>(i->D);
        var a = w.Row<TIn>(i->A);
        if (mask == uint.MaxValue)
        {
            for (var lane = 0; lane < 32; lane++)
            {
                d[lane] = TOp.Of(a[lane]);
            }
            return;
        }
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TOp.Of(a[lane]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TOp, TFirst, TSecond, TOut>(Warp w, Instruction* i, uint mask)
        where TOp : IMap<TFirst, TSecond, TOut>
        where TFirst : unmanaged
        where TSecond : unmanaged
        where TOut : unmanaged
    {
        var d = w.Row<TOut>(i->D);
        var a = w.Row<TFirst>(i->A);
        var b = w.Row<TSecond>(i->B);
        if (mask == uint.MaxValue)
        {
            for (var lane = 0; lane < 32; lane++)
            {
                d[lane] = TOp.Of(a[lane], b[lane]);
            }
            return;
        }
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TOp.Of(a[lane], b[lane]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TOp, TFirst, TSecond, TThird, TOut>(Warp w, Instruction* i, uint mask)
        where TOp : IMap<TFirst, TSecond, TThird, TOut>
        where TFirst : unmanaged
        where TSecond : unmanaged
        where TThird : unmanaged
        where TOut : unmanaged
    {
        var d = w.Row<TOut>(i->D);
        var a = w.Row<TFirst>(i->A);
        var b = w.Row<TSecond>(i->B);
        var c = w.Row<TThird>(i->C);
        for (; mask != 0; mask &= mask - 1)
        {
            var lane = BitOperations.TrailingZeroCount(mask);
            d[lane] = TOp.Of(a[lane], b[lane], c[lane]);
        }
    }

    /// <summary>An operation on predicates, which are masks.</summary>
    public static void Predicates<TOp>(Warp w, Instruction* i, uint mask)
        where TOp : IMap<uint, uint, uint> =>
        PutPredicate(w, i->D, TOp.Of(*w.Row<uint>(i->A), *w.Row<uint>(i->B)), mask);

    /// <summary>Sets a predicate for the lanes of a mask.</summary>
    public static void PutPredicate(Warp w, int row, uint bits, uint mask)
    {
        var d = w.Row<uint>(row);
        *d = (*d & ~mask) | (bits & mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(T* d, int k, Vector512<T> value, uint mask)
        where T : unmanaged
    {
        if (mask != uint.MaxValue)
        {
            value = Vector512.ConditionalSelect(Of<T>(mask >> k), value, Vector512.Load(d + k));
        }
        value.Store(d + k);
    }

    /// <summary>All bits set where the mask has a bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Of<T>(uint mask)
        where T : unmanaged
    {
        if (sizeof(T) == 4)
        {
            var powers = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            return Vector512.Equals(Vector512.Create(mask) & powers, powers).As<uint, T>();
        }
        else
        {
            var powers = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
            return Vector512.Equals(Vector512.Create((ulong)mask) & powers, powers).As<ulong, T>();
        }
    }
}
