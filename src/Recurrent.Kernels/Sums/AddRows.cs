using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>Table[Indices[i]] += X[i], row by row and in order: the way back of <see cref="GatherRows"/>.</summary>
/// <param name="X">(rows, Columns).</param>
/// <param name="Indices">(rows), 0 ≤ index &lt; entries.</param>
/// <param name="Table">(entries, Columns).</param>
/// <param name="Columns">Columns of X and of the table.</param>
/// <param name="Step">The distance between their rows; more than Columns for some of wider matrices.</param>
internal readonly unsafe record struct AddRows(
    Operand<float> X,
    Operand<int> Indices,
    Operand<float> Table,
    int Columns,
    int Step
) : IKernel
{
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Indices.Length;
        if (Columns == 0 || rows == 0)
        {
            return;
        }
        var x = X.Pointer(Operand.Length(rows, Columns, Step));
        var entries = (Table.Length + Step - Columns) / Step;
        var table = Table.Pointer(Operand.Length(entries, Columns, Step));
        var job = new Job<V>(x, RowIndices.Pointer(Indices, rows, entries), rows, Columns, Step, table);
        team.Run((Columns + Job<V>.Block - 1) / Job<V>.Block, job);
    }

    /// <summary>A chunk owns a block of columns, so that no two threads add to one value.</summary>
    private readonly struct Job<V>(float* x, int* indices, int rows, int columns, nint step, float* table) : IJob
        where V : unmanaged, IVector<V>
    {
        public const int Block = 256; // columns in a chunk: rows of a small table stay in the first-level cache

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var first = index * Block;
            var count = Math.Min(Block, columns - first);
            var from = x + first;
            for (var row = 0; row < rows; row++)
            {
                var to = table + (indices[row] * step) + first;
                var column = 0;
                for (; column <= count - V.Width; column += V.Width)
                {
                    V.Store(V.Load(to + column) + V.Load(from + column), to + column);
                }
                for (; column < count; column++)
                {
                    to[column] += from[column];
                }
                from += step;
            }
        }
    }
}
