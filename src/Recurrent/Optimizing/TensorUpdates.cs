using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// What optimisers and clipping do to whole tensors: the one place of these rooms that knows kernels.
/// </summary>
internal static class TensorUpdates
{
    /// <summary>w ← w + scale·x.</summary>
    public static void AddScaled(Tensor w, float scale, Tensor x) =>
        Compute.Current.Tier.AddScaled(Compute.Current.Team, w.Edit(), scale, x.Values);

    /// <summary>m ← μ·m + g + λ·w, w ← w − η·m.</summary>
    public static void Momentum(Tensor w, Tensor g, Tensor m, float rate, float momentum, float decay) =>
        Compute.Current.Tier.MomentumUpdate(
            Compute.Current.Team,
            g.Values,
            rate,
            momentum,
            decay,
            m.Edit(),
            w.Edit()
        );

    /// <summary>v ← keep·v + take·g², w ← w − η·g / (√v + ε), where λ·w is added to g first.</summary>
    public static void RmsProp(
        Tensor w,
        Tensor g,
        Tensor squares,
        float rate,
        float keep,
        float take,
        float epsilon,
        float decay
    ) =>
        Compute.Current.Tier.RmsPropUpdate(
            Compute.Current.Team,
            g.Values,
            rate,
            keep,
            take,
            epsilon,
            decay,
            squares.Edit(),
            w.Edit()
        );

    /// <summary>The update of <see cref="Optimizing.Adam"/>.</summary>
    public static void Adam(
        Tensor w,
        Tensor g,
        Tensor moments,
        Tensor squares,
        float rate,
        float keepFirst,
        float takeFirst,
        float keepSecond,
        float takeSecond,
        float rootScale,
        float epsilon,
        float decay,
        float shrink
    )
    {
        var step = new AdamStep(
            Rate: rate,
            KeepFirst: keepFirst,
            TakeFirst: takeFirst,
            KeepSecond: keepSecond,
            TakeSecond: takeSecond,
            RootScale: rootScale,
            Epsilon: epsilon,
            Decay: decay,
            Shrink: shrink
        );
        Compute.Current.Tier.AdamUpdate(
            Compute.Current.Team,
            g.Values,
            step,
            moments.Edit(),
            squares.Edit(),
            w.Edit()
        );
    }

    /// <summary>Σ x².</summary>
    public static double SumOfSquares(Tensor x) =>
        Compute.Current.Tier.SumOfSquares(Compute.Current.Team, x.Values);

    /// <summary>x ← scale·x.</summary>
    public static void Scale(Tensor x, float scale) =>
        Compute.Current.Tier.Affine(Compute.Current.Team, x.Values, scale, 0f, x.Edit());

    /// <summary>Brings each value between −most and most.</summary>
    public static void Clamp(Tensor x, float most) =>
        Compute.Current.Tier.Clamp(Compute.Current.Team, x.Values, most, x.Edit());
}
