using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Updates;

/// <summary>g = Gradient + Decay·Weights; Moments = Momentum·Moments + g; Weights −= Rate·Moments.</summary>
internal readonly struct MomentumUpdate : IKernel
{
    public required Operand<float> Weights { get; init; } // any shape
    public required Operand<float> Gradient { get; init; } // the same
    public required Operand<float> Moments { get; init; } // the same; zeros before the first update
    public required float Rate { get; init; } // η
    public required float Momentum { get; init; } // μ
    public required float Decay { get; init; } // λ

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> =>
        UpdateLoop<V, Maths>.Run(team, new Maths(Rate, Momentum, Decay), Weights, Gradient, Moments);

    public void Launch(GpuQueue gpu) =>
        UpdateProgram<Maths>.Launch(gpu, new Maths(Rate, Momentum, Decay), Weights, Gradient, Moments);

    private readonly struct Maths(float rate, float momentum, float decay) : IUpdateMaths
    {
        public static int Moments => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V w, V g, ref V m, ref V v)
            where V : unmanaged, IVector<V>
        {
            g = V.FusedMultiplyAdd(decay, w, g);
            m = V.FusedMultiplyAdd(momentum, m, g);
            return V.FusedMultiplyAdd(-rate, m, w);
        }
    }
}
