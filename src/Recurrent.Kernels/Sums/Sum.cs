using Recurrent.Kernels.Gpu;
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

    public void Launch(GpuQueue gpu)
    {
        Total.Check(1);
        SumProgram<Plain>.Launch(gpu, new(typeof(Sum)), X, Write, Total, Multiplier, Divisor);
    }

    private static Action<PtxDouble> Write(PtxWriter w)
    {
        var (total, multiplier, divisor) = (w.Pointer(), w.Double(), w.Double());
        return sum => total.Store((sum * multiplier / divisor).ToFloat());
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

    public void Launch(GpuQueue gpu)
    {
        Total.Check(1);
        SumProgram<Square>.Launch(
            gpu,
            new(typeof(SumOfSquares), Accumulate ? 1 : 0),
            X,
            Accumulate ? static w => Write(w, isAdded: true) : static w => Write(w, isAdded: false),
            Total
        );
    }

    private static Action<PtxDouble> Write(PtxWriter w, bool isAdded)
    {
        var (total, _, _) = (w.Pointer(sizeof(double)), w.Double(), w.Double());
        return sum => total.Store(isAdded ? total.LoadDouble() + sum : sum);
    }
}
