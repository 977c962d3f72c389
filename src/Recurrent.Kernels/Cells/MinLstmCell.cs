using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// Gates f, i and h, without recurrent weights: h = f̂·h′ + î·h̃, with f, i = σ(·), f̂ = f / (f + i), î = i / (f + i)
/// and h̃ = g(·), where h′ is the old h and g the <see cref="PositiveActivation{V}"/>.
/// </summary>
internal sealed class MinLstmCell()
    : Cell<MinLstmCell.Equations>(
        "minlstm",
        "minimal long short-term memory, without recurrent weights",
        gates: ["f", "i", "h"],
        states: ["h"],
        isRecurrent: false
    )
{
    internal readonly unsafe struct Equations : ICellEquations
    {
        private const int F = 0;
        private const int I = 1;
        private const int Candidate = 2; // h̃

        // Where both gates have come down to 0 they share alike; beside any other gate this is nothing.
        private const float Least = 1.17549435e-38f;

        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Forward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atF = row.Gate(F);
            var atI = row.Gate(I);
            var atCandidate = row.Gate(Candidate);
            var f = VectorMath<V>.Sigmoid(lane.Load(atF));
            var i = VectorMath<V>.Sigmoid(lane.Load(atI));
            var candidate = PositiveActivation<V>.Forward(lane.Load(atCandidate));
            var (keep, take) = Share<V>(f, i);
            lane.Store(V.FusedMultiplyAdd(keep, lane.Load(row.OldH), take * candidate), row.NewH);
            lane.Store(f, atF);
            lane.Store(i, atI);
            lane.Store(candidate, atCandidate);
        }

        // f̂ + î = 1, so both gates share dh·(h′ − h̃)·f̂·î: df = that·(1 − f) and di = −that·(1 − i), past the σ.
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
        public static void Backward<V, TLane>(in CellRow row, TLane lane)
            where V : unmanaged, IVector<V>
            where TLane : struct, ILane<V>
        {
            var atF = row.Gate(F);
            var atI = row.Gate(I);
            var atCandidate = row.Gate(Candidate);
            var f = lane.Load(atF);
            var i = lane.Load(atI);
            var candidate = lane.Load(atCandidate);
            var (keep, take) = Share<V>(f, i);
            var dh = lane.Load(row.GradientH);
            var shared = dh * (lane.Load(row.OldH) - candidate) * (keep * take);
            lane.Store(shared * (1f - f), atF);
            lane.Store(shared * (i - 1f), atI);
            lane.Store(PositiveActivation<V>.Backward(candidate, dh * take), atCandidate);
            lane.Store(dh * keep, row.GradientH);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (V Keep, V Take) Share<V>(V f, V i)
            where V : unmanaged, IVector<V>
        {
            (f, i) = (f + Least, i + Least);
            return (f / (f + i), i / (f + i));
        }
    }
}
