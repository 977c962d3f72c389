using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>Table[Indices[i]] += X[i], row by row and in order: the way back of <see cref="GatherRows"/>.</summary>
internal readonly unsafe struct AddRows : IKernel
{
    public required Operand<float> X { get; init; } // (rows, Columns)

    public required Operand<int> Indices { get; init; } // (rows), 0 ≤ index < entries

    public required Operand<float> Table { get; init; } // (entries, Columns)

    public required int Columns { get; init; }

    /// <summary>
    /// The distance between the rows of X and of the table; 0 for Columns. More for some columns of wider matrices.
    /// </summary>
    public int Step { get; init; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Indices.Length;
        if (Columns == 0 || rows == 0)
        {
            return;
        }
        var step = Step > 0 ? Step : Columns;
        var x = X.Pointer(Operand.Length(rows, Columns, step));
        var entries = (Table.Length + step - Columns) / step;
        var table = Table.Pointer(Operand.Length(entries, Columns, step));
        var job = new Job<V>(x, RowIndices.Pointer(Indices, rows, entries), rows, Columns, step, table);
        team.Run((Columns + Job<V>.Block - 1) / Job<V>.Block, job);
    }

    /// <summary>A chunk owns a block of columns, so that no two threads add to one value.</summary>
    private readonly struct Job<V>(float* x, int* indices, int rows, int columns, nint step, float* table) : IJob
        where V : unmanaged, IVector<V>
    {
        public const int Block = 64; // columns in a chunk: whole lines of a cache

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
