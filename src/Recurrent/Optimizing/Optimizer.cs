using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>A rule by which parameters follow their gradients. Its steps allocate nothing.</summary>
public abstract class Optimizer
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Tensor[][] _moments; // (moments)(parameters), each of its parameter's shape

    private protected Optimizer(IReadOnlyList<Parameter> parameters, params ReadOnlySpan<string> moments)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _parameters = parameters;
        MomentNames = moments.ToArray();
        _moments =
        [
            .. MomentNames.Select(_ =>
                parameters
                    .Select(parameter =>
                        Tensor.Zeros(parameter.Value.Device, parameter.Value.Shape.ToArray())
                    )
                    .ToArray()
            ),
        ];
    }

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; private set; }

    /// <summary>What the rule remembers of past gradients for each parameter, by name.</summary>
    internal IReadOnlyList<string> MomentNames { get; }

    /// <summary>Takes one step down the gradient of each parameter that has one.</summary>
    /// <param name="learningRate">η, finite and at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is out of range.</exception>
    public void Step(double learningRate)
    {
        if (!(learningRate >= 0 && double.IsFinite(learningRate)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(learningRate),
                $"The learning rate is {learningRate} and must be finite and at least 0; 0.001 to 1 is usual."
            );
        }
        Steps++;
        BeginStep(learningRate);
        for (var i = 0; i < _parameters.Count; i++) // an enumerator would be allocated
        {
            var value = _parameters[i].Value;
            if (value.Gradient is { } gradient)
            {
                Update(i, gradient, value);
            }
        }
    }

    /// <summary>A moment of a parameter, of the parameter's shape.</summary>
    internal Tensor Moment(int moment, int parameter) => _moments[moment][parameter];

    /// <summary>Goes on as after so many steps; the moments are set apart.</summary>
    internal void ContinueFrom(long steps) => Steps = steps;

    /// <summary>Prepares what is the same for all parameters of a step.</summary>
    private protected abstract void BeginStep(double learningRate);

    /// <summary>Moves one parameter.</summary>
    private protected abstract void Update(int parameter, Tensor gradient, Tensor weights);

    private protected static double Within(string name, double value, double least, double below) =>
        value >= least && value < below
            ? value
            : throw new ArgumentOutOfRangeException(
                name,
                $"The {name} is {value} and must be {least} or more and below {below}; leave it out for the usual one."
            );
}
