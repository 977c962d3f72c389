using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels;

// The steps of optimisers: each passes once over the weights, their gradients and what is remembered of past ones.
public abstract partial class KernelTier
{
    /// <summary>y = x between −bound and bound. x and y have one length; y may be x. NaN stays NaN.</summary>
    public abstract void Clamp(WorkerTeam team, ReadOnlySpan<float> x, float bound, Span<float> y);

    /// <summary>g = gradient + decay·weights; moments = momentum·moments + g; weights −= rate·moments.</summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="gradient">(weights).</param>
    /// <param name="rate">η.</param>
    /// <param name="momentum">μ.</param>
    /// <param name="decay">λ.</param>
    /// <param name="moments">(weights), zeros before the first step.</param>
    /// <param name="weights">(weights).</param>
    public abstract void MomentumUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        float rate,
        float momentum,
        float decay,
        Span<float> moments,
        Span<float> weights
    );

    /// <summary>
    /// g = gradient + decay·weights; squares = keep·squares + take·g²; weights −= rate·g / (√squares + epsilon).
    /// </summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="gradient">(weights).</param>
    /// <param name="rate">η.</param>
    /// <param name="keep">α.</param>
    /// <param name="take">1 − α.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="decay">λ.</param>
    /// <param name="squares">(weights), zeros before the first step.</param>
    /// <param name="weights">(weights).</param>
    public abstract void RmsPropUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        float rate,
        float keep,
        float take,
        float epsilon,
        float decay,
        Span<float> squares,
        Span<float> weights
    );

    /// <summary>One step of Adam, or of AdamW where the step shrinks the weights.</summary>
    /// <param name="team">The threads to use.</param>
    /// <param name="gradient">(weights).</param>
    /// <param name="factors">The factors.</param>
    /// <param name="moments">m (weights), zeros before the first step.</param>
    /// <param name="squares">v (weights), zeros before the first step.</param>
    /// <param name="weights">(weights).</param>
    public abstract void AdamUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        in AdamStep factors,
        Span<float> moments,
        Span<float> squares,
        Span<float> weights
    );
}
