using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// RMSProp: v ← α·v + (1 − α)·g², w ← w − η·g / (√v + ε), as PyTorch's <c>torch.optim.RMSprop</c> has it (Hinton, lecture 6e of
/// <em>Neural Networks for Machine Learning</em>, 2012).
/// </summary>
public sealed class RmsProp : Optimizer
{
    private readonly float _keep;
    private readonly float _take;
    private readonly float _epsilon;
    private readonly float _decay;
    private float _rate;

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
        _keep = (float)Within(nameof(smoothing), smoothing, 0, 1);
        _take = (float)(1 - smoothing);
        _epsilon = (float)Within(nameof(epsilon), epsilon, 0, 1);
        _decay = (float)Within(nameof(weightDecay), weightDecay, 0, 1);
    }

    private protected override void BeginStep(double learningRate) => _rate = (float)learningRate;

    private protected override void Update(int parameter, Tensor gradient, Tensor weights)
    {
        weights.UpdateByRmsProp(gradient, Moment(0, parameter), _rate, (_keep, _take), _epsilon, _decay);
    }
}
