using Recurrent.Optimizing;
using Recurrent.Tensors;

namespace Recurrent.Adaptation;

/// <summary>
/// How a network follows the gradients of what it reads: w ← w + λ·(w₀ − w) − η·g / (√v + ε), where v is the mean of g²
/// so far and w₀ the weights before the text, from which it is not to go far.
/// </summary>
/// <remarks>
/// The numbers are the best of some tried on a fifth of tiny Shakespeare's held-out text, and the same for all texts.
/// </remarks>
internal sealed class AdaptationRule : Optimizer
{
    /// <summary>η.</summary>
    public const double Rate = 4e-4;

    private const float Return = 0.002f; // λ
    private const double Smoothing = 0.999; // of the mean, which is that of the last thousand steps or so
    private const float Epsilon = 1e-8f;

    /// <summary>Prepares the rule.</summary>
    /// <param name="parameters">The weights before the text.</param>
    public AdaptationRule(IReadOnlyList<Parameter> parameters)
        : base(parameters, "squares", "start")
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            Moment(1, i).CopyFrom(parameters[i].Value);
        }
    }

    /// <inheritdoc/>
    protected override void Update(Tensor weights, Tensor gradient, IReadOnlyList<Tensor> moments, double learningRate)
    {
        weights.ScaleInPlace(1 - Return);
        weights.AddInPlace(moments[1], Return);
        var keep = Math.Min(Smoothing, 1 - (1.0 / Updates));
        weights.UpdateByRmsProp(
            gradient,
            moments[0],
            (float)learningRate,
            ((float)keep, (float)(1 - keep)),
            Epsilon,
            decay: 0
        );
    }
}
