using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Portable;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Updates;

/// <summary>
/// X ← X·(float)(MaxNorm / n) where n = √Σ Squares is above MaxNorm; else X stays as it is. So a gradient is clipped by
/// its norm without that norm being read back.
/// </summary>
/// <param name="X">Any shape.</param>
/// <param name="Squares">The sums of squares of all parts of the gradient, which are added in this order.</param>
/// <param name="MaxNorm">The largest norm, above 0.</param>
internal readonly unsafe record struct Shorten(Operand<float> X, Operand<double> Squares, double MaxNorm) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var norm = Math.Sqrt(PortableMath.Add(0, Squares.AsSpan()));
        if (norm > MaxNorm)
        {
            new Unary<Affine>(X, X, new((float)(MaxNorm / norm))).Run<V>(team);
        }
    }

    public void Launch(GpuQueue gpu)
    {
        var function = Elementwise.Function(
            gpu,
            new(typeof(Shorten)),
            static (w, i) =>
            {
                var (place, squares, parts, most) = (w.Pointer() + i, w.Pointer(sizeof(double)), w.Int(), w.Double());
                var sum = w.Variable((PtxDouble)0);
                w.For(0, parts, 1, part => w.Set(sum, sum + (squares + part).LoadDouble()));
                var norm = PtxDouble.Sqrt(sum);
                w.ReturnIf(!(norm > most));
                place.Store(PtxVector.FusedMultiplyAdd(place.Load(), (most / norm).ToFloat(), 0f));
            }
        );
        gpu.Launch(function, Elementwise.Blocks(X.Length), X.Length, X, Squares, Squares.Length, MaxNorm);
    }
}
