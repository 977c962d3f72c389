using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// Gates r, z, n, as PyTorch and cuDNN define them, with the reset gate after the recurrent product: n = tanh(x_n +
/// r·a_n), h = (1 − z)·n + z·h′, with r and z = σ(x + a), where x is the input's part of a pre-activation, a the
/// recurrent part and h′ the old h.
/// </summary>
internal sealed class GruCell()
    : Cell<GruCell.Equations>("gru", "gated recurrent unit", gates: ["r", "z", "n"], states: ["h"], splitsInput: true)
{
    internal readonly unsafe struct Equations : ICellEquations
    {
        private const int R = 0;
        private const int Z = 1;
        private const int N = 2;

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Forward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atR = row.Gate(R);
            var atZ = row.Gate(Z);
            var inputN = row.InputGate(N);
            var r = VectorMath<V>.Sigmoid(lane.Load(row.InputGate(R)) + lane.Load(atR));
            var z = VectorMath<V>.Sigmoid(lane.Load(row.InputGate(Z)) + lane.Load(atZ));
            var a = lane.Load(row.Gate(N));
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
            var atR = row.Gate(R);
            var atZ = row.Gate(Z);
            var atA = row.Gate(N);
            var inputN = row.InputGate(N);
            var r = lane.Load(atR);
            var z = lane.Load(atZ);
            var a = lane.Load(atA);
            var n = lane.Load(inputN);
            var dh = lane.Load(row.GradientH);
            var dn = VectorMath<V>.TanhBackward(n, dh * (1f - z));
            var dz = VectorMath<V>.SigmoidBackward(z, dh * (lane.Load(row.OldH) - n));
            var dr = VectorMath<V>.SigmoidBackward(r, dn * a);
            lane.Store(dr, atR);
            lane.Store(dz, atZ);
            lane.Store(dn * r, atA);
            lane.Store(dr, row.InputGate(R));
            lane.Store(dz, row.InputGate(Z));
            lane.Store(dn, inputN);
            lane.Store(dh * z, row.GradientH);
        }
    }
}
