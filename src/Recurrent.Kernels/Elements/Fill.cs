using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = Value, in each element.</summary>
internal readonly struct Fill<T> : IKernel
    where T : unmanaged
{
    public required T Value { get; init; }

    public required Operand<T> Y { get; init; } // any shape

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> => Y.AsSpan().Fill(Value);
}
