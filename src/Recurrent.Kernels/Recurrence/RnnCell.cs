using System.Runtime.CompilerServices;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>h = tanh(a), da = dh·(1 − h²).</summary>
internal readonly unsafe struct TanhRnnCell : ICell
{
    public static int Gates => 1;

    public static bool HasCellState => false;

    public static bool SplitsInput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V> => lane.Store(VectorMath<V>.Tanh(lane.Load(row.Gates)), row.NewH);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>
    {
        var h = lane.Load(row.NewH);
        lane.Store(default(TanhDerivative).Apply(h, lane.Load(row.GradientH)), row.Gates);
        lane.Store(V.Broadcast(0f), row.GradientH);
    }
}

/// <summary>h = max(a, 0), da = dh where h is positive.</summary>
internal readonly unsafe struct ReluRnnCell : ICell
{
    public static int Gates => 1;

    public static bool HasCellState => false;

    public static bool SplitsInput => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V> => lane.Store(default(Relu).Apply(lane.Load(row.Gates)), row.NewH);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward<V, TLane>(in CellRow row, TLane lane)
        where V : unmanaged, IVector<V>
        where TLane : struct, ILane<V>
    {
        var h = lane.Load(row.NewH);
        lane.Store(default(ReluDerivative).Apply(h, lane.Load(row.GradientH)), row.Gates);
        lane.Store(V.Broadcast(0f), row.GradientH);
    }
}
