using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>A learned vector for each entry of a vocabulary, as PyTorch's nn.Embedding.</summary>
/// <example>
/// <code>
/// var embedding = new Embedding(entries: 28, size: 16, RandomStream.Parameters(seed: 1));
/// var vectors = embedding.Forward(Indices.From([3, 1, 4], rows: 3, columns: 1)); // (3, 1, 16)
/// </code>
/// </example>
public sealed class Embedding : ILayer
{
    /// <summary>An embedding that has yet to be trained.</summary>
    /// <param name="entries">Entries of the vocabulary V, at least 1.</param>
    /// <param name="size">Length of a vector E, at least 1.</param>
    /// <param name="random">Where the vectors are drawn from.</param>
    /// <param name="initialDeviation">σ of N(0, σ²), which they are drawn from; 1 by default, as in PyTorch.</param>
    /// <param name="device">Where the vectors are; null for the default device.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or σ not above 0 and finite.</exception>
    public Embedding(int entries, int size, RandomStream random, double initialDeviation = 1, Device? device = null)
        : this(
            ParameterSpec.Draw(
                [
                    Spec(
                        Within.AtLeast(1).Require(nameof(entries), entries),
                        Within.AtLeast(1).Require(nameof(size), size),
                        Within.Above(0, double.MaxValue).Require(nameof(initialDeviation), initialDeviation)
                    ),
                ],
                random,
                device
            )[0]
        ) { }

    internal Embedding(Tensor weight)
    {
        Weight = weight.RequireGradient();
        Parameters = [new("weight", weight)];
    }

    /// <summary>weight alone.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The vectors (V, E).</summary>
    public Tensor Weight { get; }

    /// <summary>Entries of the vocabulary V.</summary>
    public int Entries => Weight.Shape[0];

    /// <summary>Length of a vector E.</summary>
    public int Size => Weight.Shape[1];

    /// <summary>The vectors of tokens.</summary>
    /// <param name="tokens">Token indices (T, B), 0 ≤ token &lt; V.</param>
    /// <returns>(T, B, E).</returns>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range.</exception>
    public Tensor Forward(Indices tokens) => Tensor.Lookup(Weight, tokens);

    /// <summary>The parameter; N(0, 1) where σ is null.</summary>
    internal static ParameterSpec Spec(int entries, int size, double? initialDeviation) =>
        new("weight", new Shape(entries, size), InitialValues.Normal(initialDeviation ?? 1));
}
