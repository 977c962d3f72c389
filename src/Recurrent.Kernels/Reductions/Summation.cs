using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Reductions;

/// <summary>
/// Sums of many values: float32 lanes over blocks of 1,024, the blocks' totals in double precision and in order, so
/// that the error does not grow with the length.
/// </summary>
internal static unsafe class Summation<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>Values in a block.</summary>
    public const int Block = 1024;

    /// <summary>Σ xᵢ.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static double Sum(float* x, int length)
    {
        var total = 0.0;
        for (var start = 0; start < length; start += Block)
        {
            total += BlockSum(x + start, Math.Min(Block, length - start), squares: false);
        }
        return total;
    }

    /// <summary>Σ xᵢ of up to a block's values, or Σ xᵢ² with <paramref name="squares"/>, in float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BlockSum(float* x, int length, bool squares)
    {
        var lanes = default(Lanes<V>);
        var i = 0;
        for (; i <= length - Lanes<V>.Count; i += Lanes<V>.Count)
        {
            Accumulate(ref lanes, x + i, squares);
        }
        if (i < length)
        {
            var tail = stackalloc float[Lanes<V>.Count];
            var padded = new Span<float>(tail, Lanes<V>.Count);
            padded.Clear();
            new Span<float>(x + i, length - i).CopyTo(padded);
            Accumulate(ref lanes, tail, squares);
        }
        return lanes.Total();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(ref Lanes<V> lanes, float* x, bool squares)
    {
        if (squares)
        {
            lanes.AddSquares(x);
        }
        else
        {
            lanes.Add(x);
        }
    }
}
