using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// One recurrent layer over a whole sequence as one operator, with PyTorch's definition, gate order and
/// parameter shapes: nn.RNN, nn.GRU or nn.LSTM of one layer in one direction.
/// </summary>
public sealed class RecurrentLayer
{
    private readonly Tensor _inputWeights;
    private readonly Tensor _weights;
    private readonly Tensor _inputBias;
    private readonly Tensor _bias;

    /// <summary>Takes parameters as they are.</summary>
    /// <param name="cell">The cell, with G gates.</param>
    /// <param name="parameters">weight_ih (G·H, I), weight_hh (G·H, H), bias_ih (G·H) and bias_hh (G·H).</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public RecurrentLayer(CellKind cell, IReadOnlyList<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        (Cell, Parameters) = (cell, parameters);
        (_inputWeights, _weights, _inputBias, _bias) = (
            parameters[0],
            parameters[1],
            parameters[2],
            parameters[3]
        );
        HiddenSize = _weights.Shape[1];
        var expected = Shapes(cell, _inputWeights.Shape[1], HiddenSize);
        for (var i = 0; i < expected.Count; i++)
        {
            if (parameters[i].Shape != expected[i].Shape)
            {
                throw new ArgumentException(
                    $"{expected[i].Name} must have shape {expected[i].Shape} and has {parameters[i].Shape}.",
                    nameof(parameters)
                );
            }
        }
    }

    /// <summary>The cell.</summary>
    public CellKind Cell { get; }

    /// <summary>Hidden units H.</summary>
    public int HiddenSize { get; }

    /// <summary>weight_ih (G·H, I), weight_hh (G·H, H), bias_ih (G·H) and bias_hh (G·H).</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>The state before any input: h and, for an LSTM, c, each (batch, H) of zeros.</summary>
    /// <param name="batch">Rows that are read side by side.</param>
    public IReadOnlyList<Tensor> ZeroState(int batch) =>
        Cell == CellKind.Lstm
            ? [Tensor.Zeros(batch, HiddenSize), Tensor.Zeros(batch, HiddenSize)]
            : [Tensor.Zeros(batch, HiddenSize)];

    /// <summary>Reads a sequence of vectors.</summary>
    /// <param name="input">(T, B, I).</param>
    /// <param name="state">h and, for an LSTM, c before the sequence, each (B, H).</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and the state after the sequence.</returns>
    public (Tensor H, IReadOnlyList<Tensor> State) Forward(
        Tensor input,
        IReadOnlyList<Tensor> state,
        bool reversed = false
    )
    {
        ArgumentNullException.ThrowIfNull(input);
        return Run(
            Tensor.Linear(input, _inputWeights, InputBias()).Reshape(-1, _weights.Shape[0]),
            [],
            state,
            reversed
        );
    }

    /// <summary>Reads a sequence of one-hot vectors, which are never made: each is a column of weight_ih.</summary>
    /// <param name="tokens">Token indices (T, B), time-major.</param>
    /// <param name="state">h and, for an LSTM, c before the sequence, each (B, H).</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and the state after the sequence.</returns>
    public (Tensor H, IReadOnlyList<Tensor> State) Forward(
        ReadOnlySpan<int> tokens,
        IReadOnlyList<Tensor> state,
        bool reversed = false
    ) => Run(Tensor.Transpose(_inputWeights) + InputBias(), tokens, state, reversed);

    /// <summary>The shapes of the parameters by PyTorch's names.</summary>
    internal static IReadOnlyList<(string Name, Shape Shape)> Shapes(
        CellKind cell,
        int inputSize,
        int hiddenSize
    )
    {
        var gates = checked(hiddenSize * Gates(cell));
        return
        [
            ("weight_ih", new Shape(gates, inputSize)),
            ("weight_hh", new Shape(gates, hiddenSize)),
            ("bias_ih", new Shape(gates)),
            ("bias_hh", new Shape(gates)),
        ];
    }

    private static int Gates(CellKind cell) =>
        cell switch
        {
            CellKind.Lstm => 4,
            CellKind.Gru => 3,
            _ => 1,
        };

    // A GRU's reset gate acts on the recurrent bias, so it cannot be a part of the input's.
    private Tensor InputBias() => Cell == CellKind.Gru ? _inputBias : _inputBias + _bias;

    private (Tensor H, IReadOnlyList<Tensor> State) Run(
        Tensor input,
        ReadOnlySpan<int> tokens,
        IReadOnlyList<Tensor> state,
        bool reversed
    )
    {
        var (h, finalC) = Tensor.Recurrence(
            Cell,
            input,
            tokens,
            _weights,
            Cell == CellKind.Gru ? _bias : null,
            state[0],
            Cell == CellKind.Lstm ? state[1] : null,
            reversed
        );
        var finalH = h[reversed ? 0 : h.Shape[0] - 1];
        return (h, finalC is null ? [finalH] : [finalH, finalC]);
    }
}
