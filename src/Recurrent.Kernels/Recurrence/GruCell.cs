using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>
/// Gates r, z, n, as PyTorch and cuDNN define them, with the reset gate after the recurrent product:
/// n = tanh(x_n + r·a_n), h = (1 − z)·n + z·h′, with r and z = σ(x + a), where x is the input's part of a pre-activation, a the
/// recurrent part and h′ the old h.
/// </summary>
internal readonly unsafe struct GruCell : ICell
{
    public static int Gates => 3;

    public static bool HasCellState => false;

    public static bool SplitsInput => true;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>
    {
        var atR = row.Gates;
        var atZ = row.Gates + row.H;
        var inputN = row.Input + (2 * row.H);
        var r = VectorMath<V>.Sigmoid(lane.Load(row.Input) + lane.Load(atR));
        var z = VectorMath<V>.Sigmoid(lane.Load(row.Input + row.H) + lane.Load(atZ));
        var a = lane.Load(row.Gates + (2 * row.H));
        var n = VectorMath<V>.Tanh(V.FusedMultiplyAdd(r, a, lane.Load(inputN)));
        lane.Store(V.FusedMultiplyAdd(z, lane.Load(row.OldH) - n, n), row.NewH);
        lane.Store(r, atR);
        lane.Store(z, atZ);
        lane.Store(n, inputN);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>
    {
        var atR = row.Gates;
        var atZ = row.Gates + row.H;
        var atA = row.Gates + (2 * row.H);
        var inputN = row.Input + (2 * row.H);
        var r = lane.Load(atR);
        var z = lane.Load(atZ);
        var a = lane.Load(atA);
        var n = lane.Load(inputN);
        var dh = lane.Load(row.GradientH);
        var dn = default(TanhDerivative).Apply(n, dh * (V.Broadcast(1f) - z));
        var dz = default(SigmoidDerivative).Apply(z, dh * (lane.Load(row.OldH) - n));
        var dr = default(SigmoidDerivative).Apply(r, dn * a);
        lane.Store(dr, atR);
        lane.Store(dz, atZ);
        lane.Store(dn * r, atA);
        lane.Store(dr, row.Input);
        lane.Store(dz, row.Input + row.H);
        lane.Store(dn, inputN);
        lane.Store(dh * z, row.GradientH);
    }
}
