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

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            var end = Math.Min((index + 1) * Block, rows);
            for (var row = index * Block; row < end; row++)
            {
                var start = (nint)row * classes;
                losses[row] = RunRow(logits + start, labels[row], gradient + start);
            }
        }

        private float RunRow(float* z, int label, float* g)
        {
            var (max, atLabel) = (z[0], z[label]);
            for (var i = 1; i < classes; i++)
            {
                max = z[i] > max ? z[i] : max;
            }
            new UnaryLoop<V, ExpOfDifference>(new(max), z, g, classes).RunAll();
            var sum = Blocks<V, Plain>.Sum(g, classes);
            new UnaryLoop<V, Affine>(new((float)(scale / sum)), g, g, classes).RunAll();
            g[label] -= scale;
            return (float)(PortableMath.Log(sum) - ((double)atLabel - max));
        }
    }

    private readonly struct ExpOfDifference(float max) : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V> => VectorMath<V>.Exp(x - max);
    }
}
