using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>
/// Total[0] = Σ X·Multiplier / Divisor, summed in a fixed order and in double precision between blocks.
/// </summary>
internal readonly unsafe struct Sum : IKernel
{
    /// <summary>The sum itself, unless factors are given.</summary>
    public Sum() { }

    public required Operand<float> X { get; init; } // any shape

    public double Multiplier { get; init; } = 1;

    public double Divisor { get; init; } = 1;

    public required Operand<float> Total { get; init; } // (1)

    /// <inheritdoc/>
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var sum = Blocks<V, Plain>.Sum(team, X.Pointer(X.Length), X.Length);
        *Total.Pointer(1) = (float)(sum * Multiplier / Divisor);
    }
}
