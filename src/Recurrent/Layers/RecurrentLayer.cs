using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// One recurrent layer over a whole sequence in one direction, as one operator, with PyTorch's definition, gate order
/// and parameter shapes.
/// </summary>
internal sealed class RecurrentLayer
{
    private readonly Tensor _inputWeights;
    private readonly Tensor _weights;
    private readonly Tensor _inputBias;
    private readonly Tensor _bias;

    /// <summary>Takes parameters as they are.</summary>
    /// <param name="cell">The cell, with G gates.</param>
    /// <param name="parameters">weight_ih (G·H, I), weight_hh (G·H, H), bias_ih (G·H) and bias_hh (G·H).</param>
    public RecurrentLayer(CellKind cell, params ReadOnlySpan<Tensor> parameters)
    {
        Cell = cell;
        (_inputWeights, _weights, _inputBias, _bias) = (
            parameters[0],
            parameters[1],
            parameters[2],
            parameters[3]
        );
    }

    /// <summary>The cell.</summary>
    public CellKind Cell { get; }

    /// <summary>Reads a sequence of vectors.</summary>
    /// <param name="input">(T, B, I).</param>
    /// <param name="h">h before the sequence (B, H).</param>
    /// <param name="c">c before the sequence (B, H), an LSTM's only.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and h and c after the sequence.</returns>
    public (Tensor Output, Tensor H, Tensor? C) Forward(Tensor input, Tensor h, Tensor? c, bool reversed) =>
        Run(
            Tensor.Linear(input, _inputWeights, InputBias()).Reshape(-1, _weights.Shape[0]),
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
    )
    {
        var table = vectors is null
            ? Tensor.Transpose(_inputWeights) + InputBias()
            : Tensor.Linear(vectors, _inputWeights, InputBias());
        return Run(table, tokens, h, c, reversed);
    }

    // A GRU's reset gate acts on the recurrent bias, so it cannot be a part of the input's.
    private Tensor InputBias() => Cell == CellKind.Gru ? _inputBias : _inputBias + _bias;

    private (Tensor Output, Tensor H, Tensor? C) Run(
        Tensor input,
        ReadOnlySpan<int> tokens,
        Tensor h,
        Tensor? c,
        bool reversed
    )
    {
        var (output, finalC) = Tensor.Recurrence(
            Cell,
            input,
            tokens,
            _weights,
            Cell == CellKind.Gru ? _bias : null,
            h,
            c,
            reversed
        );
        return (output, output[reversed ? 0 : output.Shape[0] - 1], finalC);
    }
}
