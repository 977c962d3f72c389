using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Reductions;

/// <summary>sums(columns) = [sums +] Σ over ascending rows of x(rows, columns); a chunk owns a block of columns.</summary>
internal readonly unsafe struct ColumnSumJob<V>(float* x, int rows, int columns, float* sums, bool add) : IJob
    where V : unmanaged, IVector<V>
{
    /// <summary>Columns in a chunk.</summary>
    public const int Block = 128;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var column = index * Block;
        var end = Math.Min(column + Block, columns);
        // Four chains at once hide the latency of an addition, and read whole lines of memory.
        for (; column <= end - (4 * V.Width); column += 4 * V.Width)
        {
            var to = sums + column;
            var sum0 = add ? V.Load(to) : default;
            var sum1 = add ? V.Load(to + V.Width) : default;
            var sum2 = add ? V.Load(to + (2 * V.Width)) : default;
            var sum3 = add ? V.Load(to + (3 * V.Width)) : default;
            var from = x + column;
            for (var row = 0; row < rows; row++)
            {
                sum0 += V.Load(from);
                sum1 += V.Load(from + V.Width);
                sum2 += V.Load(from + (2 * V.Width));
                sum3 += V.Load(from + (3 * V.Width));
                from += columns;
            }
            V.Store(sum0, to);
            V.Store(sum1, to + V.Width);
            V.Store(sum2, to + (2 * V.Width));
            V.Store(sum3, to + (3 * V.Width));
        }
        for (; column <= end - V.Width; column += V.Width)
        {
            var sum = add ? V.Load(sums + column) : V.Broadcast(0f);
            for (var row = 0; row < rows; row++)
            {
                sum += V.Load(x + ((nint)row * columns) + column);
            }
            V.Store(sum, sums + column);
        }
        for (; column < end; column++)
        {
            var sum = add ? sums[column] : 0f;
            for (var row = 0; row < rows; row++)
            {
                sum += x[((nint)row * columns) + column];
            }
            sums[column] = sum;
        }
    }
}
