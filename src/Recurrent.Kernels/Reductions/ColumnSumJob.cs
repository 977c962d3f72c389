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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var column = index * Block;
        var end = Math.Min(column + Block, columns);
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
