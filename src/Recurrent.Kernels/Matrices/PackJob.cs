using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Matrices;

/// <summary>
/// Copies B(k, n) into panels: panel p holds columns [p·width, (p+1)·width) as (k, width), row after row, so
/// that a tile reads B as one stream. Columns past n are zero.
/// </summary>
internal readonly unsafe struct PackJob(
    float* b,
    nint rowStep,
    nint step,
    int k,
    int n,
    int width,
    float* packed
) : IJob
{
    /// <summary>Packs panel <paramref name="index"/>.</summary>
    public void Run(int index)
    {
        var firstColumn = index * width;
        var columns = Math.Min(width, n - firstColumn);
        var source = b + (firstColumn * step);
        var target = packed + ((nint)index * k * width);
        for (var row = 0; row < k; row++)
        {
            if (step == 1)
            {
                new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(target, columns));
            }
            else
            {
                for (var column = 0; column < columns; column++)
                {
                    target[column] = source[column * step];
                }
            }
            new Span<float>(target + columns, width - columns).Clear();
            source += rowStep;
            target += width;
        }
    }
}
