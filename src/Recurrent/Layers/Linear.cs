using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>y = x·Wᵀ + b, as PyTorch's nn.Linear.</summary>
/// <example>
/// <code>
/// var linear = new Linear(inputs: 256, outputs: 28, RandomStream.Parameters(seed: 1));
/// var logits = linear.Forward(Tensor.Zeros(32, 256)); // (32, 28)
/// </code>
/// </example>
public sealed class Linear : ILayer
{
    /// <summary>A linear map that has yet to be trained.</summary>
    /// <param name="inputs">Length of an input vector I, at least 1.</param>
    /// <param name="outputs">Length of an output vector O, at least 1.</param>
    /// <param name="random">Where W and b are drawn from.</param>
    /// <param name="initialDeviation">
    /// σ of N(0, σ²), which W is drawn from, with a b of zeros; null, the default, for U(−1/√I, 1/√I) as in PyTorch.
    /// </param>
    /// <param name="device">Where W and b are; null for the default device.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or σ not above 0 and finite.</exception>
    public Linear(int inputs, int outputs, RandomStream random, double? initialDeviation = null, Device? device = null)
        : this(
            ParameterSpec.Draw(
                Specs(
                    Within.AtLeast(1).Require(nameof(inputs), inputs),
                    Within.AtLeast(1).Require(nameof(outputs), outputs),
                    Within
                        .Above(0, double.MaxValue)
                        .Require(nameof(initialDeviation), initialDeviation, RecurrentOptions.UsualDeviation)
                ),
                random,
                device
            )
        ) { }

    internal Linear(Tensor weight, Tensor bias)
    {
        (Weight, Bias) = (weight.RequireGradient(), bias.RequireGradient());
        Parameters = [new("weight", weight), new("bias", bias)];
    }

    private Linear(IReadOnlyList<Tensor> values)
        : this(values[0], values[1]) { }

    /// <summary>weight and bias.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>W (O, I).</summary>
    public Tensor Weight { get; }

    /// <summary>b (O).</summary>
    public Tensor Bias { get; }

    /// <summary>x·Wᵀ + b.</summary>
    /// <param name="x">(…, I).</param>
    /// <returns>(…, O).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor Forward(Tensor x) => Tensor.Linear(x, Weight, Bias);

    /// <summary>The parameters before they have values, in PyTorch's order.</summary>
    internal static IReadOnlyList<ParameterSpec> Specs(int inputs, int outputs, double? initialDeviation) =>
        [
            new("weight", new Shape(outputs, inputs), InitialValues.Of(inputs, initialDeviation, isBias: false)),
            new("bias", new Shape(outputs), InitialValues.Of(inputs, initialDeviation, isBias: true)),
        ];
}
