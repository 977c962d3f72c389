using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Optimizing;

/// <summary>
/// A rule by which parameters follow their gradients. A rule of your own overrides one method over tensors; its
/// moments are kept here by name, and a checkpoint of the run has them.
/// </summary>
/// <example>
/// <code>
/// var parts = new TrainingParts { Optimizer = parameters =&gt; new SignDescent(parameters) };
///
/// sealed class SignDescent(IReadOnlyList&lt;Parameter&gt; parameters) : Optimizer(parameters)
/// {
///     protected override void Update(Tensor weights, Tensor gradient, IReadOnlyList&lt;Tensor&gt; _, double rate)
///     {
///         gradient.ScaleInPlace(1e30f);
///         gradient.ClampInPlace(1);
///         weights.AddInPlace(gradient, -(float)rate);
///     }
/// }
/// </code>
/// </example>
public abstract class Optimizer
{
    private static readonly Bounds<double> s_rates = Within.AtLeast(0.0);
    private static readonly string[] s_taken = ["state", "best", "good"]; // other tensors of a checkpoint

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly Tensor[][] _moments; // (parameters)(moments), each of its parameter's shape
    private readonly Tensor[] _momentsOfRows; // (moments), of the rows of a table that have a gradient

    /// <summary>Prepares a rule for some parameters.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="moments">
    /// The names of what the rule remembers of past gradients: a tensor for each parameter, of its shape and zero at
    /// first.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A name is empty, given twice, or that of another part of a checkpoint.
    /// </exception>
    protected Optimizer(IReadOnlyList<Parameter> parameters, params IReadOnlyList<string> moments)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(moments);
        if (
            moments.Any(string.IsNullOrEmpty)
            || moments.Concat(s_taken).Distinct().Count() < moments.Count + s_taken.Length
        )
        {
            throw new ArgumentException(
                $"The moments are named \"{string.Join("\", \"", moments)}\" and each needs a name of its own "
                    + $"that is not {string.Join(" or ", s_taken)}; rename one.",
                nameof(moments)
            );
        }
        _parameters = parameters;
        MomentNames = [.. moments];
        _moments =
        [
            .. parameters.Select(parameter =>
                moments.Select(_ => Tensor.Zeros(parameter.Value.Device, parameter.Value.Shape.ToArray())).ToArray()
            ),
        ];
        _momentsOfRows = new Tensor[moments.Count];
    }

    /// <summary>
    /// The name of the rule in checkpoints and model files; the type's name in lower case unless overridden. Two rules
    /// of one name must be able to continue each other.
    /// </summary>
    public virtual string Name => GetType().Name.ToLowerInvariant();

    /// <summary>Updates so far, the one under way included.</summary>
    public long Updates { get; private set; }

    /// <summary>The rule's memory of past gradients for each parameter, by name.</summary>
    internal IReadOnlyList<string> MomentNames { get; }

    /// <summary>
    /// Moves each parameter that has a gradient; of a table of context features the rows alone that the minibatch read.
    /// The others stay as they are, with what the rule remembers of them: nothing fades or decays there.
    /// </summary>
    /// <param name="learningRate">η, finite and at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is out of range.</exception>
    public void Update(double learningRate)
    {
        s_rates.Require("The learning rate", learningRate, "0.001 to 1 is usual");
        Updates++;
        GradientMode.Suspend();
        try
        {
            for (var i = 0; i < _parameters.Count; i++) // an enumerator would be allocated
            {
                var weights = _parameters[i].Value;
                if (weights.Gradient is not { } gradient)
                {
                    continue;
                }
                if (weights.GradientRows is { } rows)
                {
                    UpdateRows(rows, weights, gradient, _moments[i], learningRate);
                }
                else
                {
                    Update(weights, gradient, _moments[i], learningRate);
                }
            }
        }
        finally
        {
            GradientMode.Resume();
        }
    }

    /// <summary>A moment of a parameter, of the parameter's shape.</summary>
    internal Tensor Moment(int moment, int parameter) => _moments[parameter][moment];

    /// <summary>Goes on as after this many updates; the moments are set apart.</summary>
    internal void ContinueFrom(long updates) => Updates = updates;

    private void UpdateRows(GradientRows rows, Tensor weights, Tensor gradient, Tensor[] moments, double learningRate)
    {
        var part = rows.Gather(weights);
        for (var i = 0; i < moments.Length; i++)
        {
            _momentsOfRows[i] = rows.Gather(moments[i]);
        }
        Update(part, gradient, _momentsOfRows, learningRate);
        rows.Scatter(part, weights);
        for (var i = 0; i < moments.Length; i++)
        {
            rows.Scatter(_momentsOfRows[i], moments[i]);
        }
    }

    /// <summary>
    /// Moves one parameter, or the rows of a table that have a gradient; nothing is recorded for a gradient.
    /// </summary>
    /// <param name="weights">The values to overwrite.</param>
    /// <param name="gradient">The gradient, of the shape of the weights.</param>
    /// <param name="moments">
    /// What the rule remembers, in the order of its names, to overwrite; of the same shape.
    /// </param>
    /// <param name="learningRate">η.</param>
    protected abstract void Update(Tensor weights, Tensor gradient, IReadOnlyList<Tensor> moments, double learningRate);
}
