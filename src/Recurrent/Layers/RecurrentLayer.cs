using Recurrent.Kernels.Cells;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// One recurrent layer over a whole sequence in one direction, as one operator, with PyTorch's definition, gate order
/// and parameter shapes.
/// </summary>
internal sealed class RecurrentLayer
{
    private readonly Tensor _inputBias;
    private readonly Tensor? _bias;

    /// <summary>Takes parameters as they are.</summary>
    /// <param name="cell">The cell, with G gates.</param>
    /// <param name="parameters">
    /// weight_ih (G·H, I), weight_hh (G·H, H), bias_ih (G·H) and bias_hh (G·H), or those of them that the cell has.
    /// </param>
    public RecurrentLayer(Cell cell, ReadOnlySpan<Tensor> parameters)
    {
        Cell = cell;
        (InputWeights, Weights, _inputBias, _bias) = cell.IsRecurrent
            ? (parameters[0], parameters[1], parameters[2], parameters[3])
            : (parameters[0], null, parameters[1], null);
    }

    /// <summary>The cell.</summary>
    private Cell Cell { get; }

    /// <summary>weight_ih (G·H, I).</summary>
    public Tensor InputWeights { get; }

    /// <summary>weight_hh (G·H, H); null where the cell has no recurrent weights.</summary>
    private Tensor? Weights { get; }

    /// <summary>
    /// bias_hh (G·H), where the cell splits its input, so that it cannot be a part of the input's; else null.
    /// </summary>
    private Tensor? RecurrentBias => Cell.SplitsInput ? _bias : null;

    /// <summary>Reads a sequence of vectors.</summary>
    /// <param name="input">(T, B, I).</param>
    /// <param name="h">h before the sequence (B, H).</param>
    /// <param name="c">c before the sequence (B, H), where the cell has it.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and h and c after the sequence.</returns>
    public (Tensor Output, Tensor H, Tensor? C) Forward(Tensor input, Tensor h, Tensor? c, bool reversed) =>
        Run(Tensor.Linear(input, InputWeights, InputBias()).Reshape(-1, InputWeights.Shape[0]), null, h, c, reversed);

    /// <summary>
    /// Reads a sequence of tokens. Its input vectors are never made: all that is computed of them is W_ih·x + b for
    /// each entry of the vocabulary V.
    /// </summary>
    /// <param name="tokens">Token indices (T, B).</param>
    /// <param name="vectors">
    /// The tokens' vectors (V, I); null for one-hot vectors, where W_ih·x is a column of W_ih.
    /// </param>
    /// <param name="h">h before the sequence (B, H).</param>
    /// <param name="c">c before the sequence (B, H), where the cell has it.</param>
    /// <param name="reversed">Whether to read from the last step to the first.</param>
    /// <returns>h after each step (T, B, H), and h and c after the sequence.</returns>
    public (Tensor Output, Tensor H, Tensor? C) Forward(
        Indices tokens,
        Tensor? vectors,
        Tensor h,
        Tensor? c,
        bool reversed
    ) => Run(InputTable(vectors), tokens, h, c, reversed);

    /// <summary>The lowest layer as it is, which reads tokens.</summary>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    public FrozenLayer FreezeOver(Tensor? vectors) =>
        new(Cell, Weights, RecurrentBias, InputTable(vectors), below: null);

    /// <summary>An upper layer as it is, which reads the h of the one below.</summary>
    public FrozenLayer Freeze() =>
        new(Cell, Weights, RecurrentBias, table: null, new FrozenLinear(InputWeights, InputBias()));

    /// <summary>The input's part of the pre-activations for each token, (V, G·H).</summary>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    private Tensor InputTable(Tensor? vectors) =>
        vectors is null
            ? Tensor.Transpose(InputWeights) + InputBias()
            : Tensor.Linear(vectors, InputWeights, InputBias());

    /// <summary>The input's part of the biases, (G·H).</summary>
    private Tensor InputBias() => _bias is null || Cell.SplitsInput ? _inputBias : _inputBias + _bias;

    private (Tensor Output, Tensor H, Tensor? C) Run(
        Tensor input,
        Indices? tokens,
        Tensor h,
        Tensor? c,
        bool reversed
    ) =>
        Tensor.Recurrence(
            new RecurrenceOperands
            {
                Cell = Cell,
                Input = input,
                Tokens = tokens,
                Weight = Weights,
                Bias = RecurrentBias,
                H0 = h,
                C0 = c,
                Reversed = reversed,
            }
        );
}
