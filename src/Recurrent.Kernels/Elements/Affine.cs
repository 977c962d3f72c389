using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = X·Scale + Shift, rounded once. Y may be X.</summary>
internal readonly struct Affine : IKernel
{
    public required Operand<float> X { get; init; } // any shape

    public required float Scale { get; init; }

    public float Shift { get; init; }

    public required Operand<float> Y { get; init; } // the same

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Maths>(team, new Maths(Scale, Shift), X, Y);

    internal readonly struct Maths(float scale, float shift) : IUnaryMaths
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V x)
            where V : unmanaged, IVector<V> => V.FusedMultiplyAdd(x, scale, shift);
    }
}
