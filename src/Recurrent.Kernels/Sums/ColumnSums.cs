using System.Runtime.CompilerServices;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>Totals(column) = [Totals(column) +] Σ over ascending rows of X(row, column).</summary>
/// <param name="X">(rows, columns).</param>
/// <param name="Step">The distance between the rows of X; more than columns for some of a wider matrix.</param>
/// <param name="Totals">(columns).</param>
/// <param name="Accumulate">Whether to add to the totals that there are.</param>
internal readonly unsafe record struct ColumnSums(Operand<float> X, int Step, Operand<float> Totals, bool Accumulate)
    : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var columns = Totals.Length;
        if (columns == 0)
        {
            return;
        }
        var rows = (X.Length + Step - columns) / Step;
        var x = X.Pointer(Operand.Length(rows, columns, Step));
        var job = new Job<V>(x, Step, rows, columns, Totals.Pointer(columns), Accumulate);
        team.Run((columns + Job<V>.Block - 1) / Job<V>.Block, job);
    }

    public void Launch(GpuQueue gpu)
    {
        var columns = Totals.Length;
        if (columns == 0)
        {
            return;
        }
        var rows = (X.Length + Step - columns) / Step;
        X.Check(Operand.Length(rows, columns, Step));
        var function = gpu.Function(
            new(typeof(ColumnSums), Accumulate ? 1 : 0),
            static key => PtxWriter.Write(key.Name, Program.Threads, w => Program.Write(w, isAdded: key.A == 1))
        );
        gpu.Launch(function, (columns + Program.Columns - 1) / Program.Columns, X, Step, rows, Totals, columns);
    }

    /// <summary>
    /// The program of a card. A block of threads fetches a tile of 32 columns into shared memory, of which the first
    /// 32 threads add the rows in order; meanwhile the next tile is on its way.
    /// </summary>
    private static class Program
    {
        public const int Threads = 256;
        public const int Columns = 32;
        private const int Rows = 128; // of a tile
        private const int Unrolled = 16; // rows that are read before they are added
        private const int RowsAtOnce = Threads / Columns;

        public static void Write(PtxWriter w, bool isAdded)
        {
            var (x, step, rows, totals, columns) = (w.Pointer(), w.Int(), w.Int(), w.Pointer(), w.Int());
            var tile = w.Shared(Rows * Columns);
            var (rowOfThread, columnOfTile) = (w.Thread / Columns, w.Thread % Columns);
            var column = (w.BlockX * Columns) + columnOfTile;
            var isColumn = column < columns;
            var adds = (rowOfThread == 0) & isColumn;
            var total = totals + column;
            var sum = w.Variable(isAdded ? total.LoadIf(adds) : 0f);
            PtxVector[] next = [.. Enumerable.Range(0, Rows / RowsAtOnce).Select(_ => w.Variable((PtxVector)0f))];
            Fetch(0);
            w.For(
                0,
                rows,
                Rows,
                first =>
                {
                    w.Barrier(); // the tile before has been added
                    for (var i = 0; i < next.Length; i++)
                    {
                        (tile + (w.Thread + (i * Threads))).Store(next[i]);
                    }
                    w.Barrier();
                    Fetch(first + Rows);
                    w.If(adds, () => Add(rows - first));
                }
            );
            total.StoreIf(adds, sum);

            void Fetch(PtxInt first)
            {
                for (var i = 0; i < next.Length; i++)
                {
                    var row = first + rowOfThread + (i * RowsAtOnce);
                    (x + ((row * step) + column)).LoadInto(next[i], (row < rows) & isColumn);
                }
            }

            void Add(PtxInt count)
            {
                var from = tile + columnOfTile;
                count = PtxInt.Min(count, Rows);
                var whole = count / Unrolled * Unrolled;
                w.For(0, whole, Unrolled, row => AddRows(row, Unrolled));
                w.For(whole, count, 1, row => AddRows(row, 1));

                void AddRows(PtxInt row, int rows)
                {
                    var at = from + (row * Columns);
                    foreach (var value in Enumerable.Range(0, rows).Select(i => (at + (i * Columns)).Load()).ToArray())
                    {
                        w.Set(sum, sum + value);
                    }
                }
            }
        }
    }

    /// <summary>A chunk owns a block of columns.</summary>
    private readonly struct Job<V>(float* x, nint step, int rows, int columns, float* totals, bool accumulate) : IJob
        where V : unmanaged, IVector<V>
    {
        public const int Block = 128; // columns in a chunk

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var column = index * Block;
            var end = Math.Min(column + Block, columns);
            // Four chains at once hide the latency of an addition, and read whole lines of memory.
            for (; column <= end - (4 * V.Width); column += 4 * V.Width)
            {
                var to = totals + column;
                var sum0 = accumulate ? V.Load(to) : default;
                var sum1 = accumulate ? V.Load(to + V.Width) : default;
                var sum2 = accumulate ? V.Load(to + (2 * V.Width)) : default;
                var sum3 = accumulate ? V.Load(to + (3 * V.Width)) : default;
                var from = x + column;
                for (var row = 0; row < rows; row++)
                {
                    sum0 += V.Load(from);
                    sum1 += V.Load(from + V.Width);
                    sum2 += V.Load(from + (2 * V.Width));
                    sum3 += V.Load(from + (3 * V.Width));
                    from += step;
                }
                V.Store(sum0, to);
                V.Store(sum1, to + V.Width);
                V.Store(sum2, to + (2 * V.Width));
                V.Store(sum3, to + (3 * V.Width));
            }
            for (; column <= end - V.Width; column += V.Width)
            {
                var sum = accumulate ? V.Load(totals + column) : default;
                for (var row = 0; row < rows; row++)
                {
                    sum += V.Load(x + (row * step) + column);
                }
                V.Store(sum, totals + column);
            }
            for (; column < end; column++)
            {
                var sum = accumulate ? totals[column] : 0f;
                for (var row = 0; row < rows; row++)
                {
                    sum += x[(row * step) + column];
                }
                totals[column] = sum;
            }
        }
    }
}
