using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// Gates z and h, without recurrent weights: h = (1 − z)·h′ + z·h̃, with z = σ(·) and h̃ = g(·), where h′ is the old
/// h and g the <see cref="PositiveActivation{V}"/>.
/// </summary>
internal sealed class MinGruCell()
    : Cell<MinGruCell.Equations>(
        "mingru",
        "minimal gated recurrent unit, without recurrent weights",
        gates: ["z", "h"],
        states: ["h"],
        isRecurrent: false
    )
{
    internal readonly unsafe struct Equations : ICellEquations
    {
        private const int Z = 0;
        private const int Candidate = 1; // h̃

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Forward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atZ = row.Gate(Z);
            var atCandidate = row.Gate(Candidate);
            var z = VectorMath<V>.Sigmoid(lane.Load(atZ));
            var candidate = PositiveActivation<V>.Forward(lane.Load(atCandidate));
            var oldH = lane.Load(row.OldH);
            lane.Store(V.FusedMultiplyAdd(z, candidate - oldH, oldH), row.NewH);
            lane.Store(z, atZ);
            lane.Store(candidate, atCandidate);
        }

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Backward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atZ = row.Gate(Z);
            var atCandidate = row.Gate(Candidate);
            var z = lane.Load(atZ);
            var candidate = lane.Load(atCandidate);
            var dh = lane.Load(row.GradientH);
            lane.Store(VectorMath<V>.SigmoidBackward(z, dh * (candidate - lane.Load(row.OldH))), atZ);
            lane.Store(PositiveActivation<V>.Backward(candidate, dh * z), atCandidate);
            lane.Store(dh * (1f - z), row.GradientH);
        }
    }
}
