using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = X between −Bound and Bound; NaN stays NaN. Y may be X.</summary>
internal readonly struct Clamp : IKernel
{
    public required Operand<float> X { get; init; } // any shape

    public required float Bound { get; init; }

    public required Operand<float> Y { get; init; } // the same as X

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, new Maths(Bound), X, Y);

    private readonly struct Maths(float bound) : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V>
        {
            x = V.IfGreater(x, bound, bound, x);
            return V.IfGreater(-bound, x, -bound, x);
        }
    }
}
