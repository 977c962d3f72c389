using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Copies of a block of a product's left operand A. Rows that lie kilobytes apart fall onto the same few lines
/// of the first-level cache and each onto a page of its own: read where they lie, a tile's rows drive each other out, and
/// a product can run at half its speed.
/// </summary>
internal static unsafe class LeftBlock<V>
    where V : unmanaged, IVector<V>
{
    /// <summary>The most rows that are copied at once.</summary>
    public const int MaxRows = 48;

    /// <summary>The most columns that are copied at once.</summary>
    public const int MaxColumns = 256;

    /// <summary>Values from one copied row to the next: not a power of two.</summary>
    public const int RowStep = MaxColumns + 16;

    /// <summary>Values that a copy takes at most.</summary>
    public const int Length = MaxRows * RowStep;

    /// <summary>Copies A(rows, k), rows <paramref name="rowStep"/> apart, to rows <see cref="RowStep"/> apart.</summary>
    public static void CopyRows(float* a, nint rowStep, int rows, int k, float* copy)
    {
        for (var row = 0; row < rows; row++)
        {
            new Span<float>(a, k).CopyTo(new Span<float>(copy, k));
            a += rowStep;
            copy += RowStep;
        }
    }

    /// <summary>
    /// Copies A(rows, k), whose columns are <paramref name="step"/> apart, tile by tile: each as (k, tile rows).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void CopyColumns(float* a, nint step, int rows, int k, float* copy)
    {
        var tile = MicroKernel<V>.MaxRows;
        var whole = rows / tile * tile;
        for (var j = 0; j < k; j++)
        {
            var to = copy + (j * tile);
            for (var row = 0; row < whole; row += tile)
            {
                Unsafe.CopyBlockUnaligned(to, a + row, (uint)MicroKernel<V>.MaxRows * sizeof(float));
                to += tile * k;
            }
            for (var i = 0; i < rows - whole; i++)
            {
                to[i] = a[whole + i];
            }
            a += step;
        }
    }
}
