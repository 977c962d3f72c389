using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Updates;

/// <summary>
/// g = Gradient + λ·Weights; Moments = β₁·Moments + (1 − β₁)·g; Squares = β₂·Squares + (1 − β₂)·g²;
/// Weights = κ·Weights − η·Moments / (σ·√Squares + ε): an update of Adam, or of AdamW where κ shrinks the weights.
/// </summary>
internal readonly struct AdamUpdate : IKernel
{
    public required Operand<float> Weights { get; init; } // any shape
    public required Operand<float> Gradient { get; init; } // the same
    public required Operand<float> Moments { get; init; } // the same; zeros before the first update
    public required Operand<float> Squares { get; init; } // the same; zeros before the first update
    public required AdamFactors Factors { get; init; }

    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V> =>
        UpdateLoop<V, Maths>.Run(team, new Maths(Factors), Weights, Gradient, Moments, Squares);

    public void Launch(GpuQueue gpu) =>
        UpdateProgram<Maths>.Launch(gpu, new Maths(Factors), Weights, Gradient, Moments, Squares);

    private readonly struct Maths(in AdamFactors factors) : IUpdateMaths
    {
        private readonly AdamFactors _factors = factors;

        public static int Moments => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Apply<V>(V w, V g, ref V m, ref V v)
            where V : unmanaged, IVector<V>
        {
            g = V.FusedMultiplyAdd(_factors.Decay, w, g);
            m = V.FusedMultiplyAdd(_factors.KeepFirst, m, _factors.TakeFirst * g);
            v = V.FusedMultiplyAdd(_factors.KeepSecond, v, _factors.TakeSecond * g * g);
            var root = V.FusedMultiplyAdd(_factors.RootScale, V.Sqrt(v), _factors.Epsilon);
            return V.FusedMultiplyAdd(-_factors.Rate, m / root, w * _factors.Shrink);
        }
    }
}

/// <summary>The factors of one update of Adam.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AdamFactors
{
    public required float Rate { get; init; } // η / (1 − β₁ᵗ)
    public required float KeepFirst { get; init; } // β₁
    public required float TakeFirst { get; init; } // 1 − β₁
    public required float KeepSecond { get; init; } // β₂
    public required float TakeSecond { get; init; } // 1 − β₂
    public required float RootScale { get; init; } // σ = 1 / √(1 − β₂ᵗ)
    public required float Epsilon { get; init; } // ε
    public required float Decay { get; init; } // λ of the weight decay that is added to the gradient; 0 for none
    public required float Shrink { get; init; } // κ, a factor of the weights themselves: 1 − ηλ; 1 for none
}
