using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>How a weight w follows its gradient g; the moments m and v remember past gradients.</summary>
internal interface IUpdateRule
{
    /// <summary>How many moments the rule keeps: 1, m alone, or 2.</summary>
    static abstract int Moments { get; }

    /// <summary>The new weight; overwrites the moments that the rule keeps.</summary>
    V Apply<V>(V w, V g, ref V m, ref V v)
        where V : unmanaged, IVector<V>;
}

/// <summary>g ← g + λw; m ← μm + g; w ← w − ηm</summary>
internal readonly struct MomentumRule(float rate, float momentum, float decay) : IUpdateRule
{
    public static int Moments => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V w, V g, ref V m, ref V v)
        where V : unmanaged, IVector<V>
    {
        g = V.FusedMultiplyAdd(V.Broadcast(decay), w, g);
        m = V.FusedMultiplyAdd(V.Broadcast(momentum), m, g);
        return V.FusedMultiplyAdd(V.Broadcast(-rate), m, w);
    }
}

/// <summary>g ← g + λw; m ← αm + (1 − α)g²; w ← w − ηg / (√m + ε)</summary>
internal readonly struct RmsPropRule(float rate, float keep, float take, float epsilon, float decay)
    : IUpdateRule
{
    public static int Moments => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V w, V g, ref V m, ref V v)
        where V : unmanaged, IVector<V>
    {
        g = V.FusedMultiplyAdd(V.Broadcast(decay), w, g);
        m = V.FusedMultiplyAdd(V.Broadcast(keep), m, V.Broadcast(take) * g * g);
        return V.FusedMultiplyAdd(V.Broadcast(-rate), g / (V.Sqrt(m) + V.Broadcast(epsilon)), w);
    }
}

/// <summary>g ← g + λw; m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← κw − ηm / (σ√v + ε)</summary>
internal readonly struct AdamRule(in AdamStep step) : IUpdateRule
{
    private readonly AdamStep _step = step;

    public static int Moments => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V w, V g, ref V m, ref V v)
        where V : unmanaged, IVector<V>
    {
        g = V.FusedMultiplyAdd(V.Broadcast(_step.Decay), w, g);
        m = V.FusedMultiplyAdd(V.Broadcast(_step.KeepFirst), m, V.Broadcast(_step.TakeFirst) * g);
        v = V.FusedMultiplyAdd(V.Broadcast(_step.KeepSecond), v, V.Broadcast(_step.TakeSecond) * g * g);
        var root = V.FusedMultiplyAdd(V.Broadcast(_step.RootScale), V.Sqrt(v), V.Broadcast(_step.Epsilon));
        return V.FusedMultiplyAdd(V.Broadcast(-_step.Rate), m / root, w * V.Broadcast(_step.Shrink));
    }
}

/// <summary>x between −bound and bound; NaN stays NaN</summary>
internal readonly struct Clamp(float bound) : IUnaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Apply<V>(V x)
        where V : unmanaged, IVector<V>
    {
        var (most, least) = (V.Broadcast(bound), V.Broadcast(-bound));
        x = V.IfGreater(x, most, most, x);
        return V.IfGreater(least, x, least, x);
    }
}
