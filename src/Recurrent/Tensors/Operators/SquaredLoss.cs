namespace Recurrent.Tensors;

public sealed partial class Tensor
{
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
