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

    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly bool _decoupled;

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
        : base(parameters, "moments", "squares")
    {
        _beta1 = Within.Fraction.Require(nameof(beta1), beta1);
        _beta2 = Within.Fraction.Require(nameof(beta2), beta2);
        _epsilon = Within.Fraction.Require(nameof(epsilon), epsilon);
        _weightDecay = Within.Fraction.Require(nameof(weightDecay), weightDecay);
        _decoupled = decoupled;
    }

    /// <inheritdoc/>
    public override string Name => _decoupled ? "adamw" : "adam";

    /// <inheritdoc/>
    protected override void Update(
        Tensor weights,
        Tensor gradient,
        IReadOnlyList<Tensor> moments,
        double learningRate
    ) =>
        weights.UpdateByAdam(
            gradient,
            moments: (moments[0], (float)_beta1, (float)(1 - _beta1)),
            squares: (moments[1], (float)_beta2, (float)(1 - _beta2)),
            rate: (float)(learningRate / (1 - Power(_beta1))),
            rootScale: (float)(1 / Math.Sqrt(1 - Power(_beta2))),
            epsilon: (float)_epsilon,
            decay: _decoupled ? 0 : (float)_weightDecay,
            shrink: _decoupled ? (float)(1 - (learningRate * _weightDecay)) : 1
        );

    /// <summary>βᵗ; the last bits of Math.Pow differ between systems.</summary>
    private double Power(double beta) => PortableMath.Exp(Updates * PortableMath.Log(beta));
}
