using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>h = tanh(a), da = dh·(1 − h²).</summary>
internal sealed class TanhRnnCell()
    : Cell<TanhRnnCell.Equations>("rnn", "Elman network with tanh", gates: ["h"], states: ["h"])
{
    internal readonly unsafe struct Equations : ICellEquations
    {
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
            lane.Store(VectorMath<V>.TanhBackward(h, lane.Load(row.GradientH)), row.Gates);
            lane.Store(0f, row.GradientH);
        }
    }
}
