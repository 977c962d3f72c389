using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// Drops values at random while training and divides the others by the probability to be kept, so that nothing need be
/// done to use what was trained; as PyTorch's nn.Dropout.
/// </summary>
/// <example>
/// <code>
/// var dropout = new Dropout(probability: 0.5);
/// var kept = dropout.Forward(Tensor.Zeros(32, 256), RandomStream.Dropout(seed: 1));
/// </code>
/// </example>
public sealed class Dropout
{
    /// <summary>Chooses how much is dropped.</summary>
    /// <param name="probability">The probability to drop a value, 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public Dropout(double probability) => Probability = Within.Fraction.Require(nameof(probability), probability);

    /// <summary>The probability to drop a value.</summary>
    public double Probability { get; }

    /// <summary>Drops values.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="random">What decides, another stream for each step and place; null outside of training.</param>
    /// <returns>What is left, or x itself where nothing is to be dropped.</returns>
    public Tensor Forward(Tensor x, RandomStream? random) => Forward(x, (DropoutStreams?)random);

    /// <inheritdoc cref="Forward(Tensor, RandomStream?)"/>
    internal Tensor Forward(Tensor x, DropoutStreams? random) =>
        random is { } streams && Probability > 0 ? Tensor.Dropout(x, Probability, streams) : x;
}
