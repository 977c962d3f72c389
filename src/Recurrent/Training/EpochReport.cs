using Recurrent.Kernels.Portable;

namespace Recurrent.Training;

/// <summary>The results of one epoch of training.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Loss">Mean cross-entropy over the epoch's tokens, in nats, each before the step it led to.</param>
/// <param name="Tokens">Tokens predicted in this epoch.</param>
/// <param name="GradientNorm">Mean over the minibatches of the gradient's global norm before clipping.</param>
/// <param name="Elapsed">The time this epoch took, without the validation.</param>
public sealed record EpochReport(int Epoch, double Loss, long Tokens, double GradientNorm, TimeSpan Elapsed)
{
    /// <summary>
    /// Mean cross-entropy over the validation text after the epoch, in nats; null without such a text.
    /// </summary>
    public double? ValidationLoss { get; init; }

    /// <summary>
    /// The learning rate at the end of the epoch; null where a checkpoint of an older version does not say it.
    /// </summary>
    public double? LearningRate { get; init; }

    /// <summary>exp(<see cref="Loss"/>): between how many equally likely tokens the model hesitates.</summary>
    public double Perplexity => PortableMath.Exp(Loss);

    /// <summary>
    /// exp(<see cref="ValidationLoss"/>), on a text that the model is not trained on; null without one.
    /// </summary>
    public double? ValidationPerplexity => ValidationLoss is { } loss ? PortableMath.Exp(loss) : null;

    /// <summary>Tokens per second over this epoch.</summary>
    public double TokensPerSecond => Elapsed > TimeSpan.Zero ? Tokens / Elapsed.TotalSeconds : 0;
}
