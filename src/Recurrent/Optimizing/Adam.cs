using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// Adam (Kingma and Ba, https://arxiv.org/abs/1412.6980) and, with decoupled weight decay, AdamW (Loshchilov and Hutter,
/// https://arxiv.org/abs/1711.05101), as PyTorch's <c>torch.optim.Adam</c> and <c>AdamW</c> have them.
/// </summary>
/// <remarks>
/// m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η·m̂ / (√v̂ + ε), where m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ).
/// </remarks>
public sealed class Adam : Optimizer
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly bool _decoupled;
    private float _rate;
    private float _rootScale;
    private float _shrink;

    /// <summary>Prepares Adam for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="beta1">β₁, 0 or more and below 1.</param>
    /// <param name="beta2">β₂, 0 or more and below 1.</param>
    /// <param name="epsilon">ε, 0 or more and below 1.</param>
    /// <param name="weightDecay">λ, 0 or more and below 1; 0 for none.</param>
    /// <param name="decoupled">
    /// Whether weight decay shrinks the weights themselves, w ← w − η·λ·w, which is AdamW; otherwise it is added to the gradient.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Adam(
        IReadOnlyList<Parameter> parameters,
        double beta1 = 0.9,
        double beta2 = 0.999,
        double epsilon = 1e-8,
        double weightDecay = 0,
        bool decoupled = false
    )
        : base(parameters, "moments", "squares")
    {
        _beta1 = Within(nameof(beta1), beta1, 0, 1);
        _beta2 = Within(nameof(beta2), beta2, 0, 1);
        _epsilon = Within(nameof(epsilon), epsilon, 0, 1);
        _weightDecay = Within(nameof(weightDecay), weightDecay, 0, 1);
        _decoupled = decoupled;
    }

    private protected override void BeginStep(double learningRate)
    {
        _rate = (float)(learningRate / (1 - Power(_beta1)));
        _rootScale = (float)(1 / Math.Sqrt(1 - Power(_beta2)));
        _shrink = _decoupled ? (float)(1 - (learningRate * _weightDecay)) : 1;
    }

    private protected override void Update(int parameter, Tensor gradient, Tensor weights) =>
        weights.UpdateByAdam(
            gradient,
            moments: (Moment(0, parameter), (float)_beta1, (float)(1 - _beta1)),
            squares: (Moment(1, parameter), (float)_beta2, (float)(1 - _beta2)),
            _rate,
            _rootScale,
            (float)_epsilon,
            decay: _decoupled ? 0 : (float)_weightDecay,
            _shrink
        );

    // Math.Pow's last bits differ between systems.
    private double Power(double beta) => PortableMath.Exp(Steps * PortableMath.Log(beta));
}
