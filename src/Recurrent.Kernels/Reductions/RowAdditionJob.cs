using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Reductions;

/// <summary>
/// table[indices[i]] += x[i] for each row of x(rows, columns), in order; a chunk owns a block of columns, so that
/// no two threads add to one value.
/// </summary>
internal readonly unsafe struct RowAdditionJob<V>(float* x, int* indices, int rows, int columns, float* table)
    : IJob
    where V : unmanaged, IVector<V>
{
    /// <summary>Columns in a chunk: whole lines of a cache.</summary>
    public const int Block = 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        var first = index * Block;
        var count = Math.Min(Block, columns - first);
        var from = x + first;
        for (var row = 0; row < rows; row++)
        {
            var to = table + ((nint)indices[row] * columns) + first;
            var column = 0;
            for (; column <= count - V.Width; column += V.Width)
            {
                V.Store(V.Load(to + column) + V.Load(from + column), to + column);
            }
            for (; column < count; column++)
            {
                to[column] += from[column];
            }
            from += columns;
        }
    }
}
