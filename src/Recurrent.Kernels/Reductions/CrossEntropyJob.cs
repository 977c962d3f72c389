using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Reductions;

/// <summary>
/// Softmax cross-entropy of each row and, in the same pass, its gradient with respect to the logits:
/// loss = ln Σ e^(z − max z) − (z_label − max z); gradient = scale·(softmax(z) − one-hot(label)).
/// A chunk owns a block of rows.
/// </summary>
internal readonly unsafe struct CrossEntropyJob<V>(
    float* logits, // (rows, classes)
    int* labels, // (rows)
    int rows,
    int classes,
    float scale,
    float* losses, // (rows)
    float* gradient // (rows, classes)
) : IJob
    where V : unmanaged, IVector<V>
{
    /// <summary>Rows in a chunk.</summary>
    public const int Block = 32;

    /// <inheritdoc/>
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
        var max = z[0];
        for (var i = 1; i < classes; i++)
        {
            max = z[i] > max ? z[i] : max;
        }
        new UnaryJob<V, ExpOfDifference>(new ExpOfDifference(max), z, g, classes).RunAll();
        var sum = Summation<V>.Sum(g, classes);
        new UnaryJob<V, Affine>(new Affine((float)(scale / sum), 0f), g, g, classes).RunAll();
        g[label] -= scale;
        return (float)(PortableMath.Log(sum) - ((double)z[label] - max));
    }

    private readonly struct ExpOfDifference(float max) : IUnaryOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Apply<TVector>(TVector x)
            where TVector : unmanaged, IVector<TVector> =>
            VectorMath<TVector>.Exp(x - TVector.Broadcast(max));
    }
}
