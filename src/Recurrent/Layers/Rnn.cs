using Recurrent.Kernels;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>The function of a plain recurrent network.</summary>
public enum RnnActivation
{
    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>
/// Plain recurrent layers, as PyTorch's nn.RNN: hₜ = tanh(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh), or ReLU in place of tanh.
/// </summary>
public sealed class Rnn : RecurrentStack
{
    /// <summary>Layers that have yet to be trained.</summary>
    /// <param name="options">Sizes and the rest.</param>
    /// <param name="random">Where the parameters are drawn from.</param>
    /// <param name="activation">tanh or ReLU.</param>
    /// <exception cref="OverflowException">A parameter would have more values than a tensor can.</exception>
    public Rnn(RecurrentOptions options, RandomStream random, RnnActivation activation = RnnActivation.Tanh)
        : base(activation == RnnActivation.Relu ? CellKind.ReluRnn : CellKind.TanhRnn, options, random) { }

    internal Rnn(RecurrentOptions options, IReadOnlyList<Tensor> parameters)
        : base(CellKind.TanhRnn, options, parameters) { }
}
