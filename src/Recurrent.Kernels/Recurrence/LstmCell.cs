using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>
/// Gates i, f, g, o: c = f·c′ + i·g, h = o·tanh(c), with i, f, o = σ(·) and g = tanh(·), where c′ is the old c.
/// </summary>
internal readonly unsafe struct LstmCell : ICell
{
    public static int Gates => 4;

    public static bool HasCellState => true;

    public static bool SplitsInput => false;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>
    {
        var atI = row.Gates;
        var atF = row.Gates + row.H;
        var atG = row.Gates + (2 * row.H);
        var atO = row.Gates + (3 * row.H);
        var i = VectorMath<V>.Sigmoid(lane.Load(atI));
        var f = VectorMath<V>.Sigmoid(lane.Load(atF));
        var g = VectorMath<V>.Tanh(lane.Load(atG));
        var o = VectorMath<V>.Sigmoid(lane.Load(atO));
        var c = V.FusedMultiplyAdd(f, lane.Load(row.OldC), i * g);
        lane.Store(o * VectorMath<V>.Tanh(c), row.NewH);
        lane.Store(c, row.NewC);
        lane.Store(i, atI);
        lane.Store(f, atF);
        lane.Store(g, atG);
        lane.Store(o, atO);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>
    {
        var atI = row.Gates;
        var atF = row.Gates + row.H;
        var atG = row.Gates + (2 * row.H);
        var atO = row.Gates + (3 * row.H);
        var i = lane.Load(atI);
        var f = lane.Load(atF);
        var g = lane.Load(atG);
        var o = lane.Load(atO);
        var dh = lane.Load(row.GradientH);
        var tanhC = VectorMath<V>.Tanh(lane.Load(row.NewC));
        var dc = lane.Load(row.GradientC) + default(TanhDerivative).Apply(tanhC, dh * o);
        lane.Store(default(SigmoidDerivative).Apply(i, dc * g), atI);
        lane.Store(default(SigmoidDerivative).Apply(f, dc * lane.Load(row.OldC)), atF);
        lane.Store(default(TanhDerivative).Apply(g, dc * i), atG);
        lane.Store(default(SigmoidDerivative).Apply(o, dh * tanhC), atO);
        lane.Store(dc * f, row.GradientC);
        lane.Store(V.Broadcast(0f), row.GradientH);
    }
}
