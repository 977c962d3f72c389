using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>Total[0] = [Total[0] +] Σ X², in the order of <see cref="Sum"/>.</summary>
internal readonly unsafe struct SumOfSquares : IKernel
{
    public required Operand<float> X { get; init; } // any shape

    public required Operand<double> Total { get; init; } // (1)

    public bool Accumulate { get; init; }

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var sum = Blocks<V, Square>.Sum(team, X.Pointer(X.Length), X.Length);
        var total = Total.Pointer(1);
        *total = Accumulate ? *total + sum : sum;
    }
}
