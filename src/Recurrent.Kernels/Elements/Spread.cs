using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = X[0]·Multiplier in each element, multiplied in double precision: the way back of a sum.</summary>
internal readonly unsafe struct Spread : IKernel
{
    public required Operand<float> X { get; init; } // (1)

    public required double Multiplier { get; init; }

    public required Operand<float> Y { get; init; } // any shape

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Y.AsSpan().Fill((float)(*X.Pointer(1) * Multiplier));
}
