using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = √X, rounded once. Y may be X.</summary>
internal readonly struct SquareRoot : IKernel
{
    public required Operand<float> X { get; init; } // any shape

    public required Operand<float> Y { get; init; } // the same

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, default, X, Y);

    private readonly struct Maths : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V> => V.Sqrt(x);
    }
}
