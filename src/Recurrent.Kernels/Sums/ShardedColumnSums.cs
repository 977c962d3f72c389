using System.Numerics;
using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>
/// Totals(column) = [Totals(column) +] Σ over the rows of shards of X(row, column): in order over those of each, and by
/// the tree of <see cref="ShardedRows"/> over these sums. Only that of one shard is added to what is there.
/// </summary>
/// <param name="X">(rows of all shards, columns).</param>
/// <param name="Step">The distance between the rows of X; more than columns for some of a wider matrix.</param>
/// <param name="Sums">The shards.</param>
/// <param name="Totals">(columns).</param>
/// <param name="Accumulate">Whether to add to the totals that there are.</param>
internal readonly unsafe record struct ShardedColumnSums(
    Operand<float> X,
    int Step,
    ShardedRows Sums,
    Operand<float> Totals,
    bool Accumulate
) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        if (Accumulate && Sums.Count > 1)
        {
            throw new NotSupportedException($"The sum of {Sums.Count} shards is not added to another.");
        }
        var columns = Totals.Length;
        if (columns == 0)
        {
            return;
        }
        var x = X.Pointer(Operand.Length(Sums.Rows, columns, Step));
        var job = new Job<V>(x, Step, Sums, columns, Totals.Pointer(columns), Accumulate);
        team.Run((columns + Job<V>.Block - 1) / Job<V>.Block, job);
    }

    public void Launch(GpuQueue gpu) => throw new NotSupportedException("A card has one shard after the other.");

    /// <summary>A chunk owns a block of columns.</summary>
    private readonly struct Job<V>(float* x, nint step, ShardedRows sums, int columns, float* totals, bool accumulate)
        : IJob
        where V : unmanaged, IVector<V>
    {
        public const int Block = 128; // columns in a chunk
        private const int MostLevels = 31;
        private const int AtOnce = 4; // vectors, as many as hide the latency of an addition

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var column = index * Block;
            var end = Math.Min(column + Block, columns);
            var waiting = stackalloc float[MostLevels * AtOnce * V.Width];
            for (; column <= end - (AtOnce * V.Width); column += AtOnce * V.Width)
            {
                for (var i = 0; i < sums.Count; i++)
                {
                    var to = i == sums.Count - 1 ? totals + column : At(waiting, ShardedRows.LevelOf(i));
                    AddFour(x + (sums.Start(i) * step) + column, to);
                    for (var levels = sums.Joined(i); levels != 0; levels &= levels - 1)
                    {
                        var sum = At(waiting, BitOperations.TrailingZeroCount(levels));
                        for (var j = 0; j < AtOnce * V.Width; j += V.Width)
                        {
                            V.Store(V.Load(sum + j) + V.Load(to + j), to + j);
                        }
                    }
                }
            }
            for (; column <= end - V.Width; column += V.Width)
            {
                for (var i = 0; i < sums.Count; i++)
                {
                    var sum = accumulate ? V.Load(totals + column) : default;
                    var from = x + (sums.Start(i) * step) + column;
                    for (var group = 0; group < sums.Groups; group++)
                    {
                        for (var row = 0; row < sums.Size; row++)
                        {
                            sum += V.Load(from);
                            from += step;
                        }
                        from += (sums.Step - sums.Size) * step;
                    }
                    for (var levels = sums.Joined(i); levels != 0; levels &= levels - 1)
                    {
                        sum = V.Load(At(waiting, BitOperations.TrailingZeroCount(levels))) + sum;
                    }
                    V.Store(sum, i == sums.Count - 1 ? totals + column : At(waiting, ShardedRows.LevelOf(i)));
                }
            }
            for (; column < end; column++)
            {
                for (var i = 0; i < sums.Count; i++)
                {
                    var sum = accumulate ? totals[column] : 0f;
                    var from = x + (sums.Start(i) * step) + column;
                    for (var group = 0; group < sums.Groups; group++)
                    {
                        for (var row = 0; row < sums.Size; row++)
                        {
                            sum += *from;
                            from += step;
                        }
                        from += (sums.Step - sums.Size) * step;
                    }
                    for (var levels = sums.Joined(i); levels != 0; levels &= levels - 1)
                    {
                        sum = *At(waiting, BitOperations.TrailingZeroCount(levels)) + sum;
                    }
                    *(i == sums.Count - 1 ? totals + column : At(waiting, ShardedRows.LevelOf(i))) = sum;
                }
            }
        }

        private static float* At(float* waiting, int level) => waiting + (level * AtOnce * V.Width);

        /// <summary>The sum of a shard's rows, from a place in the first of them on.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void AddFour(float* from, float* to)
        {
            var sum0 = accumulate ? V.Load(to) : default;
            var sum1 = accumulate ? V.Load(to + V.Width) : default;
            var sum2 = accumulate ? V.Load(to + (2 * V.Width)) : default;
            var sum3 = accumulate ? V.Load(to + (3 * V.Width)) : default;
            for (var group = 0; group < sums.Groups; group++)
            {
                for (var row = 0; row < sums.Size; row++)
                {
                    sum0 += V.Load(from);
                    sum1 += V.Load(from + V.Width);
                    sum2 += V.Load(from + (2 * V.Width));
                    sum3 += V.Load(from + (3 * V.Width));
                    from += step;
                }
                from += (sums.Step - sums.Size) * step;
            }
            V.Store(sum0, to);
            V.Store(sum1, to + V.Width);
            V.Store(sum2, to + (2 * V.Width));
            V.Store(sum3, to + (3 * V.Width));
        }
    }
}
