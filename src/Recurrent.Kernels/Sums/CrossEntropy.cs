using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Portable;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>
/// Softmax cross-entropy of each row and, in the same pass, its gradient with respect to the logits z:
/// loss = ln Σ e^(z − max z) − (z_label − max z); gradient = Scale·(softmax(z) − one-hot(label)).
/// </summary>
internal readonly unsafe struct CrossEntropy : IKernel
{
    public required Operand<float> Logits { get; init; } // (rows, classes), unnormalised log-probabilities
    public required Operand<int> Labels { get; init; } // (rows), 0 ≤ label < classes
    public required Operand<float> Losses { get; init; } // (rows), in nats
    public required Operand<float> Gradient { get; init; } // (rows, classes); may be the logits
    public required float Scale { get; init; } // of the gradient: 1 / rows for the mean

    /// <exception cref="ArgumentOutOfRangeException">A label is out of range.</exception>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var rows = Labels.Length;
        var losses = Losses.Pointer(rows);
        var gradient = Gradient.Pointer(Logits.Length);
        if (rows == 0)
        {
            return;
        }
        var classes = Logits.Length / rows;
        var logits = Logits.Pointer((long)rows * classes);
        var labels = RowIndices.Pointer(Labels, rows, classes);
        var job = new Job<V>(logits, labels, rows, classes, Scale, losses, gradient);
        team.Run((rows + Job<V>.Block - 1) / Job<V>.Block, job);
    }

    public void Launch(GpuQueue gpu)
    {
        var rows = Labels.Length;
        Losses.Check(rows);
        Gradient.Check(Logits.Length);
        if (rows == 0)
        {
            return;
        }
        var classes = Logits.Length / rows;
        Logits.Check((long)rows * classes);
        var function = gpu.Function(
            new(typeof(CrossEntropy), classes),
            static key => PtxWriter.Write($"{key.Name} {key.A}", Program.Threads, w => new Program(key.A).Write(w))
        );
        var inBlock = new Program(classes).RowsInBlock;
        var grid = (rows + inBlock - 1) / inBlock;
        gpu.Launch(function, grid, Logits, Labels, rows, Scale, Losses, Gradient);
    }

    /// <summary>
    /// The program for rows of a number of classes. Sixteen threads share a block of 1,024 of a row's values, up to a
    /// whole block of threads a row.
    /// </summary>
    private readonly struct Program(int classes)
    {
        public const int Threads = 256;
        private const int Lanes = 16;
        private const int Groups = Threads / Lanes;

        private int Blocks => (classes + SumProgram<Plain>.Length - 1) / SumProgram<Plain>.Length;

        private int GroupsOfRow => Math.Min(Groups, (int)BitOperations.RoundUpToPowerOf2((uint)Blocks));

        public int RowsInBlock => Groups / GroupsOfRow;

        public void Write(PtxWriter w)
        {
            var (logits, labels, rows, scale) = (w.Pointer(), w.Pointer(), w.Int(), w.Float());
            var (losses, gradient) = (w.Pointer(), w.Pointer());
            var (maxima, sums) = (w.Shared(Groups), w.Shared(RowsInBlock * Blocks));
            var (end, count, groupsOfRow, blocks) = (classes, Threads / RowsInBlock, GroupsOfRow, Blocks);
            var (ownRow, thread, isFirstLane) = (w.Thread / count, w.Thread % count, w.Thread % Lanes == 0);
            var row = (w.BlockX * RowsInBlock) + ownRow;
            var isRow = row < rows;
            var label = (labels + row).LoadIntIf(isRow, 0);
            var (z, g) = (logits + (row * classes), gradient + (row * classes));
            var atLabel = (z + label).LoadIf(isRow);
            // A first value that is NaN stays each thread's maximum, as it does in a loop from the first on.
            var max = w.Variable(z.LoadIf(isRow));
            w.If(isRow, () => w.For(thread, end, count, i => TakeGreater((z + i).Load())));
            for (var half = Lanes / 2; half > 0; half /= 2)
            {
                TakeGreater(max.FromLaneAbove(half));
            }
            (maxima + (w.Thread / Lanes)).StoreIf(isFirstLane, max);
            w.Barrier();
            for (var group = 0; group < groupsOfRow; group++)
            {
                TakeGreater((maxima + ((ownRow * groupsOfRow) + group)).Load());
            }
            w.For(
                0,
                (blocks + groupsOfRow - 1) / groupsOfRow,
                1,
                turn =>
                {
                    var block = (turn * groupsOfRow) + (thread / Lanes);
                    var sum = SumProgram<Plain>.SumOfBlock(
                        w,
                        Math.Min(end, SumProgram<Plain>.Length),
                        i =>
                        {
                            var place = (block * SumProgram<Plain>.Length) + i;
                            var isHere = isRow & (place < end);
                            var value = VectorMath<PtxVector>.Exp((z + place).LoadIf(isHere) - max);
                            (g + place).StoreIf(isHere, value);
                            return isHere.Choose(value, 0f);
                        }
                    );
                    (sums + ((ownRow * blocks) + block)).StoreIf(isFirstLane & (block < blocks), sum);
                }
            );
            w.Barrier();
            var total = w.Variable((PtxDouble)0);
            w.For(
                0,
                blocks,
                1,
                block => w.Set(total, total + PtxDouble.From((sums + ((ownRow * blocks) + block)).Load()))
            );
            w.ReturnIf(!isRow);
            var factor = (PtxDouble.From(scale) / total).ToFloat();
            w.For(
                thread,
                end,
                count,
                i =>
                {
                    var value = PtxVector.FusedMultiplyAdd((g + i).Load(), factor, 0f);
                    (g + i).Store((i == label).Choose(value - scale, value));
                }
            );
            w.If(
                thread == 0,
                () =>
                {
                    var (low, high) = total.ToBits();
                    var mantissa = PtxDouble.FromBits(low, (high & 0xFFFFF) | 0x3FF00000);
                    var log = PortableMath.Log(mantissa, PtxDouble.From((high >> 20) - 1023));
                    log = (total > 0).Choose(log, total); // a sum is NaN or at least 1, which the maximum adds
                    (losses + row).Store((log - (PtxDouble.From(atLabel) - PtxDouble.From(max))).ToFloat());
                }
            );

            void TakeGreater(PtxVector value) => w.Set(max, PtxVector.IfGreater(value, max, value, max));
        }
    }

    /// <summary>A chunk owns a block of rows.</summary>
    private readonly struct Job<V>(
        float* logits,
        int* labels,
        int rows,
        int classes,
        float scale,
        float* losses,
        float* gradient
    ) : IJob
        where V : unmanaged, IVector<V>
    {
        public const int Block = 32; // rows in a chunk
        private const int Near = 4096; // values that stay in the first-level cache from one loop to the next

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var (first, end) = (index * Block, Math.Min((index + 1) * Block, rows));
            var sums = stackalloc double[Block];
            var ofLabels = stackalloc double[Block]; // z_label − max z
            var room = stackalloc float[Lanes<V, Plain>.Count];
            var together = Math.Clamp(Near / classes, 1, Block); // so that long chains of several rows run at once
            for (var start = first; start < end; start += together)
            {
                var last = Math.Min(start + together, end) - 1;
                for (var row = start; row <= last; row++)
                {
                    var z = logits + ((nint)row * classes);
                    var max = Max(z);
                    ofLabels[row - first] = (double)z[labels[row]] - max;
                    UnaryLoop<V, ExpOfDifference>.Run(new(max), z, gradient + ((nint)row * classes), classes);
                }
                for (var row = start; row <= last; row++)
                {
                    var g = gradient + ((nint)row * classes);
                    var sum = Sum(g, (nint)(rows - row) * classes, room);
                    sums[row - first] = sum;
                    UnaryLoop<V, Affine>.Run(new((float)(scale / sum)), g, g, classes);
                    g[labels[row]] -= scale;
                }
            }
            for (var row = 0; row < end - first; row++)
            {
                losses[first + row] = (float)(PortableMath.Log(sums[row]) - ofLabels[row]);
            }
        }

        /// <summary>The sum of a row, behind whose first value so many can be read.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private double Sum(float* g, nint readable, float* room)
        {
            if (classes > Blocks<V, Plain>.Length || readable < classes + Lanes<V, Plain>.Count)
            {
                return Blocks<V, Plain>.Sum(g, classes);
            }
            var lanes = default(Lanes<V, Plain>);
            var i = 0;
            for (; i <= classes - Lanes<V, Plain>.Count; i += Lanes<V, Plain>.Count)
            {
                lanes.Add(g + i);
            }
            lanes.AddFirst(g + i, classes - i);
            return lanes.Total(room);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private float Max(float* z)
        {
            const int four = 4;
            if (classes < four)
            {
                var max = z[0];
                for (var i = 1; i < classes; i++)
                {
                    max = z[i] > max ? z[i] : max;
                }
                return max;
            }
            var largest = Vector128.Load(z + classes - four);
            for (var i = 0; i < classes - four; i += four)
            {
                largest = Vector128.MaxNative(largest, Vector128.Load(z + i));
            }
            largest = Vector128.MaxNative(largest, Vector128.Shuffle(largest, Vector128.Create(2, 3, 0, 1)));
            return Math.Max(largest.GetElement(0), largest.GetElement(1));
        }
    }

    private readonly struct ExpOfDifference(float max) : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V> => VectorMath<V>.Exp(x - max);
    }
}
