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

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Indices.Length;
        var x = X.Pointer((long)rows * Columns);
        if (Columns == 0 || rows == 0)
        {
            return;
        }
        var entries = Table.Length / Columns;
        var table = Table.Pointer((long)entries * Columns);
        var job = new Job<V>(x, RowIndices.Pointer(Indices, rows, entries), rows, Columns, table);
        team.Run((Columns + Job<V>.Block - 1) / Job<V>.Block, job);
    }

    /// <summary>A chunk owns a block of columns, so that no two threads add to one value.</summary>
    private readonly struct Job<V>(float* x, int* indices, int rows, int columns, float* table) : IJob
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
}
