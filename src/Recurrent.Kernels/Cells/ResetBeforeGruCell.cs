using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// Gates r, z, n as in Cho et al. 2014 (https://arxiv.org/abs/1406.1078), with the reset gate before the recurrent
/// product: n = tanh(x_n + W_n·(r∘h′)), h = (1 − z)·n + z·h′, with r and z = σ(x + W·h′), where x is the input's part
/// of a pre-activation and h′ the old h.
/// </summary>
internal sealed class ResetBeforeGruCell()
    : Cell<ResetBeforeGruCell.Equations>(
        "gru-reset-before",
        "gated recurrent unit with the reset gate before the recurrent product",
        gates: ["r", "z", "n"],
        states: ["h"],
        gatesH: true
    )
{
    internal readonly unsafe struct Equations : ICellEquations
    {
        private const int R = 0;
        private const int Z = 1;
        private const int N = 2;

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void GateForward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atR = row.Gate(R);
            var r = VectorMath<V>.Sigmoid(lane.Load(atR));
            lane.Store(r * lane.Load(row.OldH), row.GatedH);
            lane.Store(r, atR);
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Forward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atZ = row.Gate(Z);
            var atN = row.Gate(N);
            var z = VectorMath<V>.Sigmoid(lane.Load(atZ));
            var n = VectorMath<V>.Tanh(lane.Load(atN));
            lane.Store(V.FusedMultiplyAdd(z, lane.Load(row.OldH) - n, n), row.NewH);
            lane.Store(z, atZ);
            lane.Store(n, atN);
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Backward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atZ = row.Gate(Z);
            var atN = row.Gate(N);
            var z = lane.Load(atZ);
            var n = lane.Load(atN);
            var dh = lane.Load(row.GradientH);
            lane.Store(VectorMath<V>.SigmoidBackward(z, dh * (lane.Load(row.OldH) - n)), atZ);
            lane.Store(VectorMath<V>.TanhBackward(n, dh * (1f - z)), atN);
            lane.Store(dh * z, row.GradientH);
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void GateBackward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atR = row.Gate(R);
            var r = lane.Load(atR);
            var dGated = lane.Load(row.GatedH);
            lane.Store(VectorMath<V>.SigmoidBackward(r, dGated * lane.Load(row.OldH)), atR);
            lane.Store(V.FusedMultiplyAdd(dGated, r, lane.Load(row.GradientH)), row.GradientH);
            lane.Store(r * lane.Load(row.OldH), row.GatedH); // for the gradient of the weights
        }
    }
}
