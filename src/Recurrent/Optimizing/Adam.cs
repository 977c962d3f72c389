using Recurrent.Kernels.Portable;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// Adam (Kingma and Ba, https://arxiv.org/abs/1412.6980) and, with decoupled weight decay, AdamW (Loshchilov and
/// Hutter, https://arxiv.org/abs/1711.05101), as PyTorch's <c>torch.optim.Adam</c> and <c>AdamW</c> have them.
/// </summary>
/// <remarks>
/// m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η·m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1
/// − β₂ᵗ).
/// </remarks>
/// <example>
/// <code>
/// var optimizer = new Adam(trained.Model.Parameters, weightDecay: 0.01, decoupled: true);
/// optimizer.Update(learningRate: 0.001); // by the gradients that Backward left
/// </code>
/// </example>
public sealed class Adam : Optimizer
{
    /// <summary>The usual β₂.</summary>
    internal const double UsualBeta2 = 0.999;

    private readonly AdamRule _rule;

    /// <summary>Prepares Adam for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="beta1">β₁, 0 or more and below 1.</param>
    /// <param name="beta2">β₂, 0 or more and below 1.</param>
    /// <param name="epsilon">ε, 0 or more and below 1.</param>
    /// <param name="weightDecay">λ, 0 or more and below 1; 0 for none.</param>
    /// <param name="decoupled">
    /// Whether weight decay shrinks the weights themselves, w ← w − η·λ·w, which is AdamW; otherwise it is added to
    /// the gradient.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Adam(
        IReadOnlyList<Parameter> parameters,
        double beta1 = 0.9,
        double beta2 = UsualBeta2,
        double epsilon = 1e-8,
        double weightDecay = 0,
        bool decoupled = false
    )
        : base(parameters, "moments", "squares") =>
        _rule = new(
            Within.Fraction.Require(nameof(beta1), beta1),
            Within.Fraction.Require(nameof(beta2), beta2),
            Within.Fraction.Require(nameof(epsilon), epsilon),
            Within.Fraction.Require(nameof(weightDecay), weightDecay),
            decoupled
        );

    /// <inheritdoc/>
    public override string Name => _rule.IsDecoupled ? "adamw" : "adam";

    /// <inheritdoc/>
    protected override void Update(
        Tensor weights,
        Tensor gradient,
        IReadOnlyList<Tensor> moments,
        double learningRate
    ) => _rule.Update(weights, gradient, moments, learningRate, Updates);
}

/// <summary>The rule of <see cref="Adam"/>, for other rules that have it as a part.</summary>
/// <param name="Beta1">β₁.</param>
/// <param name="Beta2">β₂.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="WeightDecay">λ.</param>
/// <param name="IsDecoupled">Whether the decay shrinks the weights themselves.</param>
internal readonly record struct AdamRule(
    double Beta1,
    double Beta2,
    double Epsilon,
    double WeightDecay,
    bool IsDecoupled
)
{
    /// <summary>Moves one parameter.</summary>
    /// <param name="weights">The values to overwrite.</param>
    /// <param name="gradient">The gradient, of the shape of the weights.</param>
    /// <param name="moments">m and v, of the same shape.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="updates">t, the number of this update from 1.</param>
    public void Update(
        Tensor weights,
        Tensor gradient,
        IReadOnlyList<Tensor> moments,
        double learningRate,
        long updates
    ) =>
        weights.UpdateByAdam(
            gradient,
            moments: (moments[0], (float)Beta1, (float)(1 - Beta1)),
            squares: (moments[1], (float)Beta2, (float)(1 - Beta2)),
            rate: (float)(learningRate / (1 - Power(Beta1, updates))),
            rootScale: (float)(1 / Math.Sqrt(1 - Power(Beta2, updates))),
            epsilon: (float)Epsilon,
            decay: IsDecoupled ? 0 : (float)WeightDecay,
            shrink: IsDecoupled ? (float)(1 - (learningRate * WeightDecay)) : 1
        );

    /// <summary>βᵗ; the last bits of Math.Pow differ between systems.</summary>
    private static double Power(double beta, long updates) => PortableMath.Exp(updates * PortableMath.Log(beta));
}
