using System.Runtime.CompilerServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Updates;

/// <summary>
/// g = Gradient + Decay·Weights; Squares = Keep·Squares + Take·g²; Weights −= Rate·g / (√Squares + Epsilon).
/// </summary>
internal readonly struct RmsPropUpdate : IKernel
{
    public required Operand<float> Weights { get; init; } // any shape
    public required Operand<float> Gradient { get; init; } // the same
    public required Operand<float> Squares { get; init; } // the same; zeros before the first update
    public required float Rate { get; init; } // η
    public required float Keep { get; init; } // α
    public required float Take { get; init; } // 1 − α
    public required float Epsilon { get; init; } // ε
    public required float Decay { get; init; } // λ

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> =>
        UpdateLoop<V, Maths>.Run(team, new Maths(Rate, Keep, Take, Epsilon, Decay), Weights, Gradient, Squares);

    public void Launch(GpuQueue gpu) =>
        UpdateProgram<Maths>.Launch(gpu, new Maths(Rate, Keep, Take, Epsilon, Decay), Weights, Gradient, Squares);

    private readonly struct Maths(float rate, float keep, float take, float epsilon, float decay) : IUpdateMaths
    {
        public static int Moments => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V w, V g, ref V m, ref V v)
            where V : unmanaged, IVector<V>
        {
            g = V.FusedMultiplyAdd(decay, w, g);
            m = V.FusedMultiplyAdd(keep, m, take * g * g);
            return V.FusedMultiplyAdd(-rate, g / (V.Sqrt(m) + epsilon), w);
        }
    }
}
