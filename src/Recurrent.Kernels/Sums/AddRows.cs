using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
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

    /// <inheritdoc cref="GatherRows.Launch"/>
    public void Launch(GpuQueue gpu)
    {
        var rows = Indices.Length;
        if (Columns == 0 || rows == 0)
        {
            return;
        }
        X.Check(Operand.Length(rows, Columns, Step));
        var entries = (Table.Length + Step - Columns) / Step;
        Table.Check(Operand.Length(entries, Columns, Step));
        var function = gpu.Function(
            new(typeof(AddRows)),
            static key => PtxWriter.Write(key.Name, Program.Threads, Program.Write)
        );
        var grid = new GpuBlocks(entries, Elementwise.Blocks(Columns));
        gpu.Launch(function, grid, X, Indices, rows, Table, Columns, Step);
    }

    /// <summary>
    /// The program of a card. A block of threads owns an entry of the table, and each thread a column of it: the block
    /// lists the rows of this entry in shared memory, and each thread adds them in order.
    /// </summary>
    private static class Program
    {
        public const int Threads = Elementwise.Threads;
        private const int RowsOfThread = 16; // that a thread looks at for the list
        private const int Rows = Threads * RowsOfThread; // that one list is made of
        private const int Unrolled = 16; // values that are read before they are added

        public static void Write(PtxWriter w)
        {
            var (x, indices, rows, table) = (w.Pointer(), w.Pointer(), w.Int(), w.Pointer());
            var (columns, step) = (w.Int(), w.Int());
            var (list, counts, total) = (w.Shared(Rows), w.Shared(2 * Threads), w.Shared(1));
            var (entry, column) = (w.BlockX, (w.BlockY * Threads) + w.Thread);
            var isColumn = column < columns;
            var (from, to) = (x + column, table + ((entry * step) + column));
            w.For(
                0,
                rows,
                Rows,
                first =>
                {
                    var count = List(first);
                    w.If(isColumn & (count > 0), () => Add(count));
                }
            );

            // Lists the rows of a range that are this entry's, in order, and returns how many.
            PtxInt List(PtxInt first)
            {
                var own = first + (w.Thread * RowsOfThread);
                PtxPredicate[] isListed =
                [
                    .. Enumerable
                        .Range(0, RowsOfThread)
                        .Select(i => (indices + (own + i)).LoadIntIf(own + i < rows, -1))
                        .ToArray()
                        .Select(index => index == entry),
                ];
                PtxInt count = 0;
                foreach (var isOne in isListed)
                {
                    count += isOne.Choose((PtxInt)1, 0);
                }
                // Each thread's place in the list: after all those of the threads before it.
                var end = count;
                var part = 0;
                for (var distance = 1; distance < Threads; distance *= 2)
                {
                    var counted = counts + ((part * Threads) + w.Thread);
                    counted.Store(end);
                    w.Barrier();
                    end += (counted + (-distance)).LoadIntIf(w.Thread >= distance, 0);
                    part = 1 - part;
                }
                total.StoreIf(w.Thread == Threads - 1, end);
                var place = w.Variable(end - count);
                for (var i = 0; i < RowsOfThread; i++)
                {
                    (list + place).StoreIf(isListed[i], own + i);
                    w.Set(place, place + isListed[i].Choose((PtxInt)1, 0));
                }
                w.Barrier();
                return total.LoadInt();
            }

            void Add(PtxInt count)
            {
                var sum = w.Variable(to.Load());
                var whole = count / Unrolled * Unrolled;
                w.For(0, whole, Unrolled, i => AddListed(i, Unrolled));
                w.For(whole, count, 1, i => AddListed(i, 1));
                to.Store(sum);

                void AddListed(PtxInt i, int rows)
                {
                    var at = list + i;
                    var listed = Enumerable.Range(0, rows).Select(j => (at + j).LoadInt()).ToArray();
                    var values = listed.Select(row => (from + (row * step)).Load()).ToArray();
                    foreach (var value in values)
                    {
                        w.Set(sum, sum + value);
                    }
                }
            }
        }
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
