using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// Minibatch stochastic gradient descent, w ← w − η·g, or with momentum m ← μ·m + g, w ← w − η·m, as PyTorch's
/// <c>torch.optim.SGD</c> has it.
/// </summary>
public sealed class Sgd : Optimizer
{
    private readonly float _momentum;
    private readonly float _decay;
    private readonly bool _isPlain;
    private float _rate;

    /// <summary>Prepares descent for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="momentum">μ, 0 or more and below 1; 0 for none.</param>
    /// <param name="weightDecay">λ, added to the gradient as λ·w, 0 or more and below 1; 0 for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Sgd(IReadOnlyList<Parameter> parameters, double momentum = 0, double weightDecay = 0)
        : base(parameters, momentum == 0 && weightDecay == 0 ? [] : ["momentum"])
    {
        _momentum = (float)Within(nameof(momentum), momentum, 0, 1);
        _decay = (float)Within(nameof(weightDecay), weightDecay, 0, 1);
        _isPlain = momentum == 0 && weightDecay == 0;
    }

    private protected override void BeginStep(double learningRate) => _rate = (float)learningRate;

    private protected override void Update(int parameter, Tensor gradient, Tensor weights)
    {
        if (_isPlain)
        {
            weights.AddInPlace(gradient, -_rate);
            return;
        }
        weights.UpdateByMomentum(gradient, Moment(0, parameter), _rate, _momentum, _decay);
    }
}
