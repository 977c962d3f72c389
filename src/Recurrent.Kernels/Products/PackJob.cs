using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Products;

/// <summary>
/// Copies B(k, n) into panels: panel p holds columns [p·width, (p+1)·width) as (k, width), row after row, so
/// that a tile reads B as one stream. Columns past n are zero.
/// </summary>
internal readonly unsafe struct PackJob<V>(
    float* b, // (k, n), or (n, k) when transposed
    bool transposed,
    int k,
    int n,
    float* packed
) : IJob
    where V : unmanaged, IVector<V>
{
    private const int TransposedBlock = 128; // rows of a panel that stay in the first-level cache while columns are written

    public static int Width => MicroKernel<V>.Columns;

    /// <summary>Packs panel <paramref name="index"/>.</summary>
    public void Run(int index)
    {
        var firstColumn = index * Width;
        var columns = Math.Min(Width, n - firstColumn);
        var target = packed + ((nint)index * k * Width);
        if (columns < Width)
        {
            new Span<float>(target, k * Width).Clear();
        }
        if (transposed)
        {
            PackTransposed(b + ((nint)firstColumn * k), columns, target);
        }
        else if (columns == Width)
        {
            PackWhole(b + firstColumn, target);
        }
        else
        {
            for (var row = 0; row < k; row++)
            {
                var source = new ReadOnlySpan<float>(b + ((nint)row * n) + firstColumn, columns);
                source.CopyTo(new Span<float>(target + (row * Width), columns));
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void PackWhole(float* source, float* target)
    {
        for (var row = 0; row < k; row++)
        {
            V.Store(V.Load(source), target);
            V.Store(V.Load(source + V.Width), target + V.Width);
            source += n;
            target += Width;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void PackTransposed(float* source, int columns, float* target)
    {
        for (var first = 0; first < k; first += TransposedBlock)
        {
            var rows = Math.Min(TransposedBlock, k - first);
            for (var column = 0; column < columns; column++)
            {
                var from = source + ((nint)column * k) + first;
                var to = target + (first * Width) + column;
                for (var row = 0; row < rows; row++)
                {
                    *to = from[row];
                    to += Width;
                }
            }
        }
    }
}
