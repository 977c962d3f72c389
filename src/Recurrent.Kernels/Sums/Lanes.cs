using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>A value's part in a sum.</summary>
internal interface ISummand
{
    /// <summary>sum + the part of x.</summary>
    static abstract V AddTo<V>(V sum, V x)
        where V : unmanaged, IVector<V>;
}

/// <summary>The value itself.</summary>
internal readonly struct Plain : ISummand
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V AddTo<V>(V sum, V x)
        where V : unmanaged, IVector<V> => sum + x;
}

/// <summary>The value's square.</summary>
internal readonly struct Square : ISummand
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V AddTo<V>(V sum, V x)
        where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(x, x, sum);
}

/// <summary>
/// Sixteen running sums, whatever the width: lane i takes elements i, i + 16, …, and the lanes are added in one
/// fixed tree. So a sum has the same bits on every tier.
/// </summary>
internal unsafe struct Lanes<V, TSummand>
    where V : unmanaged, IVector<V>
    where TSummand : struct, ISummand
{
    /// <summary>Elements taken at once.</summary>
    public const int Count = 16;

    private static ReadOnlySpan<float> Index => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    private V _0;
    private V _1;
    private V _2;
    private V _3;

    /// <summary>Adds sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(float* x)
    {
        _0 = TSummand.AddTo(_0, V.Load(x));
        if (V.Width <= 8)
        {
            _1 = TSummand.AddTo(_1, V.Load(x + V.Width));
        }
        if (V.Width <= 4)
        {
            _2 = TSummand.AddTo(_2, V.Load(x + (2 * V.Width)));
            _3 = TSummand.AddTo(_3, V.Load(x + (3 * V.Width)));
        }
    }

    /// <summary>Adds the first of sixteen values, 0 for the others; all can be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddFirst(float* x, int count)
    {
        var index = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Index));
        V end = count;
        _0 = TSummand.AddTo(_0, V.IfGreater(end, V.Load(index), V.Load(x), 0f));
        if (V.Width <= 8)
        {
            _1 = TSummand.AddTo(_1, V.IfGreater(end, V.Load(index + V.Width), V.Load(x + V.Width), 0f));
        }
        if (V.Width <= 4)
        {
            _2 = TSummand.AddTo(_2, V.IfGreater(end, V.Load(index + (2 * V.Width)), V.Load(x + (2 * V.Width)), 0f));
            _3 = TSummand.AddTo(_3, V.IfGreater(end, V.Load(index + (3 * V.Width)), V.Load(x + (3 * V.Width)), 0f));
        }
    }

    /// <summary>The sum of all lanes: halves onto halves, 16 → 8 → 4 → 2 → 1.</summary>
    /// <param name="lanes">Room for <see cref="Count"/> values.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // behind a call the lanes would be in memory all along
    public readonly float Total(float* lanes)
    {
        V.Store(_0, lanes);
        if (V.Width <= 8)
        {
            V.Store(_1, lanes + V.Width);
        }
        if (V.Width <= 4)
        {
            V.Store(_2, lanes + (2 * V.Width));
            V.Store(_3, lanes + (3 * V.Width));
        }
        var fours = Vector128.Load(lanes) + Vector128.Load(lanes + 8);
        fours += Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12);
        fours += Vector128.Shuffle(fours, Vector128.Create(2, 3, 0, 1));
        return fours.GetElement(0) + fours.GetElement(1);
    }
}
