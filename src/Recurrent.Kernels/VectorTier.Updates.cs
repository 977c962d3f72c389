using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels;

internal sealed unsafe partial class VectorTier<V>
{
    public override void Clamp(WorkerTeam team, ReadOnlySpan<float> x, float bound, Span<float> y) =>
        Map(team, new Clamp(bound), x, y);

    public override void MomentumUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        float rate,
        float momentum,
        float decay,
        Span<float> moments,
        Span<float> weights
    ) => Update(team, new MomentumRule(rate, momentum, decay), gradient, moments, moments, weights);

    public override void RmsPropUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        float rate,
        float keep,
        float take,
        float epsilon,
        float decay,
        Span<float> squares,
        Span<float> weights
    ) => Update(team, new RmsPropRule(rate, keep, take, epsilon, decay), gradient, squares, squares, weights);

    public override void AdamUpdate(
        WorkerTeam team,
        ReadOnlySpan<float> gradient,
        in AdamStep factors,
        Span<float> moments,
        Span<float> squares,
        Span<float> weights
    ) => Update(team, new AdamRule(factors), gradient, moments, squares, weights);

    private static void Update<TRule>(
        WorkerTeam team,
        TRule rule,
        ReadOnlySpan<float> gradient,
        Span<float> first,
        Span<float> second,
        Span<float> weights
    )
        where TRule : struct, IUpdateRule
    {
        Check(gradient.Length, weights.Length);
        Check(first.Length, weights.Length);
        Check(second.Length, weights.Length);
        fixed (
            float* pg = gradient,
                pm = first,
                pv = second,
                pw = weights
        )
        {
            var job = new UpdateJob<V, TRule>(rule, pw, pg, pm, pv, weights.Length);
            team.Run(ElementChunks.Count(weights.Length), job);
        }
    }
}
