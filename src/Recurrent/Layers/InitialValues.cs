using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>The distribution that a parameter's first values are drawn from.</summary>
/// <param name="Bound">Of U(−bound, bound), where <paramref name="Deviation"/> is null.</param>
/// <param name="Deviation">σ of N(0, σ²).</param>
internal readonly record struct InitialValues(double Bound, double? Deviation)
{
    /// <summary>PyTorch's default for a layer: U(−1/√n, 1/√n).</summary>
    /// <param name="n">The layer's inputs, or a recurrent layer's hidden units.</param>
    public static InitialValues Uniform(int n) => new(1 / Math.Sqrt(n), null);

    /// <summary>N(0, σ²).</summary>
    public static InitialValues Normal(double deviation) => new(0, deviation);

    /// <summary>
    /// PyTorch's default, or N(0, σ²) where a σ is given: then for weights alone, and biases are zero.
    /// </summary>
    /// <param name="n">The layer's inputs, or a recurrent layer's hidden units.</param>
    /// <param name="deviation">σ, or null.</param>
    /// <param name="isBias">Whether the parameter is a bias.</param>
    public static InitialValues Of(int n, double? deviation, bool isBias) =>
        deviation is { } sigma ? Normal(isBias ? 0 : sigma) : Uniform(n);

    /// <summary>Draws a tensor: element i is value i of the stream.</summary>
    public Tensor Draw(Device device, RandomStream random, Shape shape) =>
        Deviation switch
        {
            null => Tensor.Uniform(device, random, (float)Bound, shape.ToArray()),
            0 => Tensor.Zeros(device, shape.ToArray()),
            { } sigma => Tensor.Normal(device, random, (float)sigma, shape.ToArray()),
        };
}
