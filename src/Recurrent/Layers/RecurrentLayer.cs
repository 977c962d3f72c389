using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// One recurrent layer over a whole sequence in one direction, as one operator, with PyTorch's definition, gate order
/// and parameter shapes.
/// </summary>
internal sealed class RecurrentLayer
{
    private readonly Tensor _inputBias;
    private readonly Tensor _bias;

    /// <summary>Takes parameters as they are.</summary>
    /// <param name="cell">The cell, with G gates.</param>
    /// <param name="parameters">weight_ih (G·H, I), weight_hh (G·H, H), bias_ih (G·H) and bias_hh (G·H).</param>
    public RecurrentLayer(CellKind cell, params ReadOnlySpan<Tensor> parameters)
    {
        Cell = cell;
        (InputWeights, Weights, _inputBias, _bias) = (
            parameters[0],
            parameters[1],
            parameters[2],
            parameters[3]
        );
    }

    /// <summary>The cell.</summary>
    public CellKind Cell { get; }

    /// <summary>weight_ih (G·H, I).</summary>
    public Tensor InputWeights { get; }

    /// <summary>weight_hh (G·H, H).</summary>
    public Tensor Weights { get; }

    /// <summary>bias_hh (3·H), a GRU's only: its reset gate acts on it, so that it cannot be a part of the input's.</summary>
    public Tensor? RecurrentBias => Cell == CellKind.Gru ? _bias : null;

    /// <summary>Reads a sequence of vectors.</summary>
    /// <param name="input">(T, B, I).</param>
    /// <param name="h">h before the sequence (B, H).</param>
    /// <param name="c">c before the sequence (B, H), an LSTM's only.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and h and c after the sequence.</returns>
    public (Tensor Output, Tensor H, Tensor? C) Forward(Tensor input, Tensor h, Tensor? c, bool reversed) =>
        Run(
            Tensor.Linear(input, InputWeights, InputBias()).Reshape(-1, Weights.Shape[0]),
            [],
            h,
            c,
            reversed
        );

    /// <summary>
    /// Reads a sequence of tokens. Its input vectors are never made: all that is computed of them is W_ih·x + b for each
    /// entry of the vocabulary V.
    /// </summary>
    /// <param name="tokens">Token indices (T, B), time-major.</param>
    /// <param name="vectors">The tokens' vectors (V, I); null for one-hot vectors, where W_ih·x is a column of W_ih.</param>
    /// <param name="h">h before the sequence (B, H).</param>
    /// <param name="c">c before the sequence (B, H), an LSTM's only.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and h and c after the sequence.</returns>
    public (Tensor Output, Tensor H, Tensor? C) Forward(
        ReadOnlySpan<int> tokens,
        Tensor? vectors,
        Tensor h,
        Tensor? c,
        bool reversed
    ) => Run(InputTable(vectors), tokens, h, c, reversed);

    /// <summary>The input's part of the pre-activations for each token, (V, G·H).</summary>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    public Tensor InputTable(Tensor? vectors) =>
        vectors is null
            ? Tensor.Transpose(InputWeights) + InputBias()
            : Tensor.Linear(vectors, InputWeights, InputBias());

    /// <summary>The input's part of the biases, (G·H).</summary>
    public Tensor InputBias() => RecurrentBias is null ? _inputBias + _bias : _inputBias;

    private (Tensor Output, Tensor H, Tensor? C) Run(
        Tensor input,
        ReadOnlySpan<int> tokens,
        Tensor h,
        Tensor? c,
        bool reversed
    )
    {
        var (output, finalC) = Tensor.Recurrence(Cell, input, tokens, Weights, RecurrentBias, h, c, reversed);
        return (output, output[reversed ? 0 : output.Shape[0] - 1], finalC);
    }
}
