using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// RMSProp: v ← α·v + (1 − α)·g², w ← w − η·g / (√v + ε), as PyTorch's <c>torch.optim.RMSprop</c> has it (Hinton,
/// lecture 6e of <em>Neural Networks for Machine Learning</em>, 2012).
/// </summary>
/// <example>
/// <code>
/// var optimizer = new RmsProp(trained.Model.Parameters);
/// optimizer.Update(learningRate: 0.001); // by the gradients that Backward left
/// </code>
/// </example>
public sealed class RmsProp : Optimizer
{
    private readonly double _smoothing;
    private readonly float _epsilon;
    private readonly float _decay;

    /// <summary>Prepares RMSProp for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="smoothing">α, 0 or more and below 1.</param>
    /// <param name="epsilon">ε, 0 or more and below 1.</param>
    /// <param name="weightDecay">λ, added to the gradient as λ·w, 0 or more and below 1; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public RmsProp(
        IReadOnlyList<Parameter> parameters,
        double smoothing = 0.99,
        double epsilon = 1e-8,
        double weightDecay = 0
    )
        : base(parameters, "squares")
    {
        _smoothing = Within.Fraction.Require(nameof(smoothing), smoothing);
        _epsilon = (float)Within.Fraction.Require(nameof(epsilon), epsilon);
        _decay = (float)Within.Fraction.Require(nameof(weightDecay), weightDecay);
    }

    /// <inheritdoc/>
    protected override void Update(
        Tensor weights,
        Tensor gradient,
        IReadOnlyList<Tensor> moments,
        double learningRate
    ) =>
        weights.UpdateByRmsProp(
            gradient,
            moments[0],
            (float)learningRate,
            ((float)_smoothing, (float)(1 - _smoothing)),
            _epsilon,
            _decay
        );
}
