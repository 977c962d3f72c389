using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = X·Factor[0], where the factor is on the device. Y may be X.</summary>
internal readonly unsafe struct Scale : IKernel
{
    public required Operand<float> X { get; init; } // any shape

    public required Operand<float> Factor { get; init; } // (1)

    public required Operand<float> Y { get; init; } // the same as X

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Elementwise.Run<V, Affine.Maths>(team, new(Factor.Pointer(1)[0], 0f), X, Y);
}
