using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// Minibatch stochastic gradient descent, w ← w − η·g, or with momentum m ← μ·m + g, w ← w − η·m, as PyTorch's
/// <c>torch.optim.SGD</c> has it.
/// </summary>
/// <example>
/// <code>
/// var optimizer = new Sgd(trained.Model.Parameters, momentum: 0.9);
/// optimizer.Update(learningRate: 0.1); // by the gradients that Backward left
/// </code>
/// </example>
public sealed class Sgd : Optimizer
{
    private readonly float _momentum;
    private readonly float _decay;
    private readonly bool _isPlain;

    /// <summary>Prepares descent for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="momentum">μ, 0 or more and below 1; 0 for none.</param>
    /// <param name="weightDecay">λ, added to the gradient as λ·w, 0 or more and below 1; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Sgd(IReadOnlyList<Parameter> parameters, double momentum = 0, double weightDecay = 0)
        : base(parameters, momentum == 0 && weightDecay == 0 ? [] : ["momentum"])
    {
        _momentum = (float)Within.Fraction.Require(nameof(momentum), momentum);
        _decay = (float)Within.Fraction.Require(nameof(weightDecay), weightDecay);
        _isPlain = momentum == 0 && weightDecay == 0;
    }

    /// <inheritdoc/>
    protected override void Update(Tensor weights, Tensor gradient, IReadOnlyList<Tensor> moments, double learningRate)
    {
        if (_isPlain)
        {
            weights.AddInPlace(gradient, -(float)learningRate);
        }
        else
        {
            weights.UpdateByMomentum(gradient, moments[0], (float)learningRate, _momentum, _decay);
        }
    }
}
