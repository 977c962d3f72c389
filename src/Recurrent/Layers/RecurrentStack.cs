using Recurrent.Kernels;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// Recurrent layers one upon another, in one or both directions, over a whole sequence, with PyTorch's definitions,
/// parameter names and shapes.
/// </summary>
/// <remarks>
/// A state is a list of tensors, each (B, H): for each layer from the lowest, and in it for the forward and then the reverse
/// direction, h and, for an LSTM, c. PyTorch keeps the same values in this order in h (L·D, B, H) and c (L·D, B, H).
/// </remarks>
public abstract class RecurrentStack
{
    private const int ParametersOfLayer = 4; // in one direction

    private readonly RecurrentLayer[] _layers; // (L·D)
    private readonly Dropout _dropout; // between layers
    private readonly int _parts; // tensors in the state of one layer and direction

    private protected RecurrentStack(CellKind cell, RecurrentOptions options, RandomStream random)
        : this(cell, options, ParameterSpec.Draw(Specs(cell, options), random)) { }

    private protected RecurrentStack(CellKind cell, RecurrentOptions options, IReadOnlyList<Tensor> values)
    {
        (Options, Parameters) = (options, ParameterSpec.Named(Specs(cell, options), values));
        _dropout = new Dropout(options.Dropout);
        _parts = cell == CellKind.Lstm ? 2 : 1;
        _layers = new RecurrentLayer[values.Count / ParametersOfLayer];
        for (var i = 0; i < _layers.Length; i++)
        {
            var first = i * ParametersOfLayer;
            _layers[i] = new RecurrentLayer(
                cell,
                values[first],
                values[first + 1],
                values[first + 2],
                values[first + 3]
            );
        }
    }

    /// <summary>Sizes and the rest.</summary>
    public RecurrentOptions Options { get; }

    /// <summary>
    /// For each layer l and direction: weight_ih_l{l} (G·H, I), where upper layers have I = D·H; weight_hh_l{l} (G·H, H);
    /// bias_ih_l{l} and bias_hh_l{l} (G·H). The reverse direction's end with _reverse. G is the number of gates: 1, 3 for a
    /// GRU, 4 for an LSTM.
    /// </summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The layers from the lowest, where they read in one direction.</summary>
    internal IReadOnlyList<RecurrentLayer> Layers => _layers;

    /// <summary>The state before any input: zeros.</summary>
    /// <param name="batch">Rows that are read side by side, at least 1.</param>
    public IReadOnlyList<Tensor> ZeroState(int batch)
    {
        var state = new Tensor[_layers.Length * _parts];
        for (var i = 0; i < state.Length; i++)
        {
            state[i] = Tensor.Zeros(batch, Options.HiddenSize);
        }
        return state;
    }

    /// <summary>Reads a sequence of vectors.</summary>
    /// <param name="input">(T, B, I), at least one step and row.</param>
    /// <param name="state">The state before the sequence.</param>
    /// <param name="dropout">What is dropped between layers, another stream for each step; null outside of training.</param>
    /// <returns>The uppermost layer's h after each step (T, B, D·H), and the state after the sequence.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Output, IReadOnlyList<Tensor> State) Forward(
        Tensor input,
        IReadOnlyList<Tensor> state,
        RandomStream? dropout = null
    )
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(state);
        if (input.Shape.Rank != 3 || input.Shape[2] != Options.InputSize || input.Count == 0)
        {
            throw new ArgumentException(
                $"The input must have shape (steps, batch, {Options.InputSize}) and has {input.Shape}.",
                nameof(input)
            );
        }
        if (BatchOf(state) != input.Shape[1])
        {
            throw new ArgumentException(
                $"The state has {BatchOf(state)} rows and the input, {input.Shape}, has {input.Shape[1]}.",
                nameof(state)
            );
        }
        return Run(input, default, null, state, dropout);
    }

    /// <summary>Reads a sequence of one-hot vectors, which are never made.</summary>
    /// <param name="tokens">Token indices (T, B), time-major, 0 ≤ token &lt; I; at least one.</param>
    /// <param name="state">The state before the sequence.</param>
    /// <param name="embedding">Vectors of length I to read in place of the one-hot ones.</param>
    /// <param name="dropout">What is dropped between layers, another stream for each step; null outside of training.</param>
    /// <returns>The uppermost layer's h after each step (T, B, D·H), and the state after the sequence.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range.</exception>
    public (Tensor Output, IReadOnlyList<Tensor> State) Forward(
        ReadOnlySpan<int> tokens,
        IReadOnlyList<Tensor> state,
        Embedding? embedding = null,
        RandomStream? dropout = null
    )
    {
        ArgumentNullException.ThrowIfNull(state);
        var batch = BatchOf(state);
        RequireSteps(tokens.Length, batch);
        if (embedding is null)
        {
            return Run(null, tokens, null, state, dropout);
        }
        if (embedding.Size != Options.InputSize)
        {
            throw new ArgumentException(
                $"The embedding must have vectors of {Options.InputSize} values and has {embedding.Size}.",
                nameof(embedding)
            );
        }
        // The product with the input weights is taken once for each entry or once for each token, whichever are fewer.
        return embedding.Entries <= tokens.Length
            ? Run(null, tokens, embedding.Weight, state, dropout)
            : Run(
                embedding.Forward(tokens).Reshape(-1, batch, embedding.Size),
                default,
                null,
                state,
                dropout
            );
    }

    /// <summary>The parameters, in PyTorch's order.</summary>
    /// <exception cref="OverflowException">One would have more values than a tensor can.</exception>
    internal static IReadOnlyList<ParameterSpec> Specs(CellKind cell, RecurrentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (hidden, sigma) = (options.HiddenSize, options.InitialDeviation);
        var gates = checked(hidden * Gates(cell));
        var weights = InitialValues.Of(hidden, sigma, isBias: false);
        var biases = InitialValues.Of(hidden, sigma, isBias: true);
        var specs = new List<ParameterSpec>();
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var inputs = layer == 0 ? options.InputSize : options.OutputSize;
            for (var direction = 0; direction < options.Directions; direction++)
            {
                var place = $"_l{layer}{(direction == 0 ? "" : "_reverse")}";
                specs.Add(new("weight_ih" + place, new Shape(gates, inputs), weights));
                specs.Add(new("weight_hh" + place, new Shape(gates, hidden), weights));
                specs.Add(new("bias_ih" + place, new Shape(gates), biases));
                specs.Add(new("bias_hh" + place, new Shape(gates), biases));
            }
        }
        return specs;
    }

    private static int Gates(CellKind cell) =>
        cell switch
        {
            CellKind.Lstm => 4,
            CellKind.Gru => 3,
            _ => 1,
        };

    /// <summary>Runs every layer, the lowest over vectors or else over tokens of a table.</summary>
    private (Tensor Output, IReadOnlyList<Tensor> State) Run(
        Tensor? input,
        ReadOnlySpan<int> tokens,
        Tensor? table,
        IReadOnlyList<Tensor> state,
        RandomStream? dropout
    )
    {
        var final = TensorPool.RentList(state.Count);
        for (var layer = 0; layer < Options.Layers; layer++)
        {
            var output = RunDirection(layer * Options.Directions, input, tokens, table, state, final);
            if (Options.Bidirectional)
            {
                var reverse = RunDirection((layer * 2) + 1, input, tokens, table, state, final);
                output = Tensor.SideBySide(output, reverse);
            }
            input =
                layer < Options.Layers - 1 ? _dropout.Forward(output, dropout?.Fork((ulong)layer)) : output;
        }
        return (input!, final);
    }

    /// <summary>Runs one layer in one direction and puts down its final state.</summary>
    private Tensor RunDirection(
        int index,
        Tensor? input,
        ReadOnlySpan<int> tokens,
        Tensor? table,
        IReadOnlyList<Tensor> state,
        Tensor[] final
    )
    {
        var reversed = Options.Bidirectional && index % 2 == 1;
        var first = index * _parts;
        var (h, c) = (state[first], _parts == 2 ? state[first + 1] : null);
        var (output, finalH, finalC) = input is null
            ? _layers[index].Forward(tokens, table, h, c, reversed)
            : _layers[index].Forward(input, h, c, reversed);
        final[first] = finalH;
        if (finalC is not null)
        {
            final[first + 1] = finalC;
        }
        return output;
    }

    /// <summary>The rows of a state of the right shapes.</summary>
    private int BatchOf(IReadOnlyList<Tensor> state)
    {
        var count = _layers.Length * _parts;
        if (state.Count != count)
        {
            throw new ArgumentException(
                $"The state must have {count} tensors and has {state.Count}; ZeroState makes one.",
                nameof(state)
            );
        }
        var batch = state[0].Shape[0];
        var expected = new Shape(batch, Options.HiddenSize);
        for (var i = 0; i < count; i++)
        {
            if (state[i].Shape != expected)
            {
                throw new ArgumentException(
                    $"Tensor {i} of the state must have shape {expected} and has {state[i].Shape}.",
                    nameof(state)
                );
            }
        }
        return batch;
    }

    private static void RequireSteps(int tokens, int batch)
    {
        if (tokens == 0 || batch == 0 || tokens % batch != 0)
        {
            throw new ArgumentException(
                $"{tokens} tokens do not make steps for the {batch} rows of the state; give steps · batch tokens.",
                nameof(tokens)
            );
        }
    }
}
