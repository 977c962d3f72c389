namespace Recurrent.Tensors;

// What training makes small.
public sealed partial class Tensor
{
    private static readonly Shape s_scalar = new(1); // made once: unoptimised code allocates for a span of constants

    /// <summary>
    /// The mean over rows of −ln softmax(logits)[label], in nats; dlogits = dy·(softmax − one-hot) / rows.
    /// </summary>
    /// <param name="logits">Unnormalised log-probabilities (rows, classes).</param>
    /// <param name="labels">The right class of each row (rows), 0 ≤ label &lt; classes.</param>
    /// <returns>Shape (1).</returns>
    /// <exception cref="ArgumentException">The numbers of rows differ, or there are none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of range.</exception>
    public static Tensor SoftmaxCrossEntropy(Tensor logits, ReadOnlySpan<int> labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        if (logits.Shape.Rank != 2 || logits.Shape[0] != labels.Length || labels.IsEmpty)
        {
            throw new ArgumentException(
                $"Cross-entropy needs logits (rows, classes) and as many labels as rows, at least one; "
                    + $"shape {logits.Shape} and {labels.Length} labels do not fit.",
                nameof(labels)
            );
        }
        var loss = Result(s_scalar, logits);
        var losses = TensorPool.Rent(labels.Length);
        var gradient = TensorPool.Rent(logits.Count);
        Tier.CrossEntropy(Team, logits.Values, labels, 1f / labels.Length, losses.Values, gradient.Values);
        loss.WritableSpan[0] = (float)(Tier.Sum(losses.Values) / labels.Length);
        losses.Release();
        loss._memory = gradient;
        return loss.WithDerivative(
            static (loss, dy) =>
            {
                var (logits, gradient) = (loss._operands[0], (Storage)loss._memory!);
                if (dy.Values[0] != 1f)
                {
                    Tier.Affine(Team, gradient.Values, dy.Values[0], 0f, gradient.Values);
                }
                logits.AddGradient(gradient);
                gradient.Release();
            }
        );
    }

    /// <summary>The mean of (prediction − target)²; dprediction = dy·2·(prediction − target) / count.</summary>
    /// <param name="prediction">Any shape.</param>
    /// <param name="target">The same shape.</param>
    /// <returns>Shape (1).</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor SquaredLoss(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        if (prediction.Shape != target.Shape)
        {
            throw new ArgumentException(
                $"The squared loss needs one shape, not {prediction.Shape} and {target.Shape}.",
                nameof(target)
            );
        }
        var difference = prediction - target;
        return (difference * difference).Mean();
    }
}
