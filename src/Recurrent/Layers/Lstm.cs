using Recurrent.Kernels;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// Long short-term memory, as PyTorch's nn.LSTM: i, f, o = σ(W_i·x + b_i + W_h·h + b_h), each with rows of its own,
/// g = tanh(W_ig·x + b_ig + W_hg·h + b_hg), c ← f·c + i·g, h ← o·tanh(c). The rows of the weights hold i, f, g, o in this
/// order.
/// </summary>
public sealed class Lstm : RecurrentStack
{
    /// <summary>Layers that have yet to be trained.</summary>
    /// <param name="options">Sizes and the rest.</param>
    /// <param name="random">Where the parameters are drawn from.</param>
    /// <exception cref="OverflowException">A parameter would have more values than a tensor can.</exception>
    public Lstm(RecurrentOptions options, RandomStream random)
        : base(CellKind.Lstm, options, random) { }

    internal Lstm(RecurrentOptions options, IReadOnlyList<Tensor> parameters)
        : base(CellKind.Lstm, options, parameters) { }
}
