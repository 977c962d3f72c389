using Recurrent.Kernels;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// Gated recurrent units, as PyTorch's nn.GRU, with the reset gate after the recurrent product:
/// r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z = σ(W_iz·x + b_iz + W_hz·h + b_hz),
/// n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn)), h ← (1 − z)·n + z·h. The rows of the weights hold r, z, n in this order.
/// </summary>
public sealed class Gru : RecurrentStack
{
    /// <summary>Layers that have yet to be trained.</summary>
    /// <param name="options">Sizes and the rest.</param>
    /// <param name="random">Where the parameters are drawn from.</param>
    /// <exception cref="OverflowException">A parameter would have more values than a tensor can.</exception>
    public Gru(RecurrentOptions options, RandomStream random)
        : base(CellKind.Gru, options, random) { }

    internal Gru(RecurrentOptions options, IReadOnlyList<Tensor> parameters)
        : base(CellKind.Gru, options, parameters) { }
}
