using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// Gates i, f, g, o: c = f·c′ + i·g, h = o·tanh(c), with i, f, o = σ(·) and g = tanh(·), where c′ is the old c.
/// </summary>
internal sealed class LstmCell()
    : Cell<LstmCell.Equations>("lstm", "long short-term memory", gates: ["i", "f", "g", "o"], states: ["h", "c"])
{
    internal readonly unsafe struct Equations : ICellEquations
    {
        private const int I = 0;
        private const int F = 1;
        private const int G = 2;
        private const int O = 3;

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Forward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atI = row.Gate(I);
            var atF = row.Gate(F);
            var atG = row.Gate(G);
            var atO = row.Gate(O);
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
            var atI = row.Gate(I);
            var atF = row.Gate(F);
            var atG = row.Gate(G);
            var atO = row.Gate(O);
            var i = lane.Load(atI);
            var f = lane.Load(atF);
            var g = lane.Load(atG);
            var o = lane.Load(atO);
            var dh = lane.Load(row.GradientH);
            var tanhC = VectorMath<V>.Tanh(lane.Load(row.NewC));
            var dc = lane.Load(row.GradientC) + VectorMath<V>.TanhBackward(tanhC, dh * o);
            lane.Store(VectorMath<V>.SigmoidBackward(i, dc * g), atI);
            lane.Store(VectorMath<V>.SigmoidBackward(f, dc * lane.Load(row.OldC)), atF);
            lane.Store(VectorMath<V>.TanhBackward(g, dc * i), atG);
            lane.Store(VectorMath<V>.SigmoidBackward(o, dh * tanhC), atO);
            lane.Store(dc * f, row.GradientC);
            lane.Store(0f, row.GradientH);
        }
    }
}
