using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
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

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var (first, end) = (index * Block, Math.Min((index + 1) * Block, rows));
            var sums = stackalloc double[Block];
            var ofLabels = stackalloc double[Block]; // z_label − max z
            for (var row = first; row < end; row++)
            {
                var start = (nint)row * classes;
                var at = row - first;
                (sums[at], ofLabels[at]) = RunRow(logits + start, labels[row], gradient + start);
            }
            // Apart from the rows, so that several of these long chains run at once.
            for (var row = first; row < end; row++)
            {
                losses[row] = (float)(PortableMath.Log(sums[row - first]) - ofLabels[row - first]);
            }
        }

        private (double Sum, double OfLabel) RunRow(float* z, int label, float* g)
        {
            var (max, atLabel) = (Max(z), z[label]);
            new UnaryLoop<V, ExpOfDifference>(new(max), z, g, classes).RunAll();
            var sum = Blocks<V, Plain>.Sum(g, classes);
            new UnaryLoop<V, Affine>(new((float)(scale / sum)), g, g, classes).RunAll();
            g[label] -= scale;
            return (sum, (double)atLabel - max);
        }

        private float Max(float* z)
        {
            var lanes = stackalloc float[V.Width];
            var count = classes;
            if (count > V.Width)
            {
                var last = V.Load(z + count - V.Width);
                for (var i = 0; i < count - V.Width; i += V.Width)
                {
                    var x = V.Load(z + i);
                    last = V.IfGreater(x, last, x, last);
                }
                V.Store(last, lanes);
                z = lanes;
                count = V.Width;
            }
            var max = z[0];
            for (var i = 1; i < count; i++)
            {
                max = z[i] > max ? z[i] : max;
            }
            return max;
        }
    }

    private readonly struct ExpOfDifference(float max) : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V> => VectorMath<V>.Exp(x - max);
    }
}
