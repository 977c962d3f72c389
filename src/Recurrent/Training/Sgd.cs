using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>Minibatch stochastic gradient descent: w ← w − η·g.</summary>
public sealed class Sgd
{
    /// <summary>Chooses the learning rate.</summary>
    /// <param name="learningRate">η, finite and above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is out of range.</exception>
    public Sgd(double learningRate)
    {
        if (!(learningRate > 0 && double.IsFinite(learningRate)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(learningRate),
                learningRate,
                "The learning rate must be finite and above 0."
            );
        }
        LearningRate = learningRate;
    }

    /// <summary>η.</summary>
    public double LearningRate { get; }

    /// <summary>Takes one step down the gradient of each parameter that has one.</summary>
    /// <param name="parameters">The parameters.</param>
    public void Step(IReadOnlyList<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        for (var i = 0; i < parameters.Count; i++) // an enumerator would be allocated
        {
            var parameter = parameters[i];
            if (parameter.Value.Gradient is { } gradient)
            {
                var (tier, team) = (Compute.Current.Tier, Compute.Current.Team);
                tier.AddScaled(team, parameter.Value.Edit(), -(float)LearningRate, gradient.Values);
            }
        }
    }
}
