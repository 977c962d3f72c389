using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Randomness;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// x / (1 − p), or 0 with probability p, element by element; dx = dy / (1 − p) where x was kept, else 0. The same
    /// stream drops the same elements.
    /// </summary>
    /// <param name="x">Any shape.</param>
    /// <param name="probability">p, 0 or more and below 1.</param>
    /// <param name="random">What decides; element i takes 32 of its bits, four elements to an index.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public static Tensor Dropout(Tensor x, double probability, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (!(probability is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability),
                probability,
                "The probability to drop an element must be 0 or more and below 1."
            );
        }
        var operation = TensorPool.Rent<DropoutOperator>();
        (operation.Probability, operation.Random) = (probability, random);
        return operation.Apply(x);
    }
}

/// <summary>The operator of <see cref="Tensor.Dropout"/>; the way back drops by the same mask.</summary>
internal sealed class DropoutOperator : ElementOperator
{
    /// <summary>The probability to drop an element.</summary>
    public double Probability { get; set; }

    /// <summary>The tensor of draws that decides.</summary>
    public RandomStream Random { get; set; }

    protected override void Forward(Operand<float> x, Operand<float> y, int first) => Drop(x, y, first);

    protected override void Backward(Operand<float> y, Operand<float> dy, Operand<float> dx, int first) =>
        Drop(dy, dx, first);

    private void Drop(Operand<float> x, Operand<float> y, int first) =>
        Device.Run(
            new Dropout
            {
                X = x,
                Y = y,
                First = first,
                Seed = unchecked((ulong)Random.Seed),
                Stream = Random.Stream,
                Probability = Probability,
            }
        );
}
