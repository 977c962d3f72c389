using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>
/// Total[0] = Σ X·Multiplier / Divisor, summed in a fixed order and in double precision between blocks.
/// </summary>
internal readonly unsafe record struct Sum(
    Operand<float> X,
    Operand<float> Total,
    double Multiplier = 1,
    double Divisor = 1
) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var sum = Blocks<V, Plain>.Sum(team, X.Pointer(X.Length), X.Length);
        *Total.Pointer(1) = (float)(sum * Multiplier / Divisor);
    }
}

/// <summary>Total[0] = [Total[0] +] Σ X², in the order of <see cref="Sum"/>.</summary>
internal readonly unsafe record struct SumOfSquares(Operand<float> X, Operand<double> Total, bool Accumulate = false)
    : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var sum = Blocks<V, Square>.Sum(team, X.Pointer(X.Length), X.Length);
        var total = Total.Pointer(1);
        *total = Accumulate ? *total + sum : sum;
    }
}
