using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>h = max(a, 0), da = dh where h is positive.</summary>
internal sealed class ReluRnnCell()
    : Cell<ReluRnnCell.Equations>("rnn-relu", "Elman network with ReLU", gates: ["h"], states: ["h"])
{
    internal readonly unsafe struct Equations : ICellEquations
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Forward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V> => lane.Store(VectorMath<V>.Relu(lane.Load(row.Gates)), row.NewH);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Backward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var h = lane.Load(row.NewH);
            lane.Store(VectorMath<V>.ReluBackward(h, lane.Load(row.GradientH)), row.Gates);
            lane.Store(0f, row.GradientH);
        }
    }
}
