using Recurrent.Kernels.Cells;
using Recurrent.Randomness;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>
/// Stacked recurrent layers of any cell, in one or both directions, over a whole sequence, with PyTorch's
/// definitions, parameter names and shapes.
/// </summary>
/// <remarks>
/// <para>
/// A state is a list of tensors, each (B, H): for each layer from the lowest, and in it for the forward and then the
/// reverse direction, h and, for an LSTM, c. PyTorch keeps the same values in this order in h (L·D, B, H) and c (L·D,
/// B, H).
/// </para>
/// <para>
/// The cells: rnn, h ← tanh(W_ih·x + b_ih + W_hh·h + b_hh), and rnn-relu, with ReLU in place of tanh; gru, with the
/// reset gate after the recurrent product, and lstm, as PyTorch has them; gru-reset-before, with the reset gate before
/// it (Cho et al. 2014, https://arxiv.org/abs/1406.1078), which PyTorch does not have; mingru and minlstm, which have
/// no recurrent weights (Feng et al. 2024, https://arxiv.org/abs/2410.01201).
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var lstm = new RecurrentLayers("lstm", inputSize: 28, hiddenSize: 16, RandomStream.Parameters(seed: 1), layers: 2);
/// var tokens = Indices.From([3, 1, 4, 1, 5, 9], rows: 3, columns: 2); // three steps of two rows
/// var (output, state) = lstm.Forward(tokens, lstm.ZeroState(batch: 2));
/// Console.WriteLine(output.Shape); // (3, 2, 16)
/// </code>
/// </example>
public sealed class RecurrentLayers : ILayer
{
    private readonly RecurrentLayer[] _layers; // (L·D)
    private readonly Dropout _dropout; // between layers
    private readonly int _parts; // tensors in the state of one layer and direction

    /// <summary>Makes layers that have yet to be trained.</summary>
    /// <param name="cell">The cell's name: rnn, rnn-relu, gru, gru-reset-before, lstm, mingru or minlstm.</param>
    /// <param name="inputSize">
    /// Length I of an input vector, or entries of the vocabulary of one-hot input; at least 1.
    /// </param>
    /// <param name="hiddenSize">Hidden units H of each layer and direction, 1 to 16,384.</param>
    /// <param name="random">Where the parameters are drawn from.</param>
    /// <param name="layers">Layers L, each reading what the one below gives, 1 to 64.</param>
    /// <param name="bidirectional">
    /// Whether each layer reads the sequence from both ends, with D = 2 sets of weights. Its output at a step then
    /// depends on later steps too.
    /// </param>
    /// <param name="dropout">
    /// Probability that a value between two layers is dropped while training, 0 or more and below 1.
    /// </param>
    /// <param name="initialDeviation">
    /// Standard deviation σ of the initial weights, drawn from N(0, σ²) with biases of zero, above 0 and at most 100;
    /// null for PyTorch's way: weights and biases from U(−1/√H, 1/√H).
    /// </param>
    /// <param name="device">Where the parameters are; null for the default device.</param>
    /// <exception cref="ArgumentException">There is no such cell.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or a number is out of its range.</exception>
    /// <exception cref="OverflowException">A parameter would have more values than a tensor can.</exception>
    public RecurrentLayers(
        string cell,
        int inputSize,
        int hiddenSize,
        RandomStream random,
        int layers = 1,
        bool bidirectional = false,
        double dropout = 0,
        double? initialDeviation = null,
        Device? device = null
    )
        : this(
            cell,
            new RecurrentOptions
            {
                InputSize = inputSize,
                HiddenSize = hiddenSize,
                Layers = layers,
                Bidirectional = bidirectional,
                Dropout = dropout,
                InitialDeviation = initialDeviation,
            },
            random,
            device
        ) { }

    /// <summary>Makes layers that have yet to be trained.</summary>
    internal RecurrentLayers(string cell, RecurrentOptions options, RandomStream random, Device? device = null)
        : this(
            Kernels.Cells.Cell.Named(cell),
            options,
            ParameterSpec.Draw(Specs(Kernels.Cells.Cell.Named(cell), options), random, device)
        ) { }

    /// <summary>Takes the values of parameters as they are.</summary>
    internal RecurrentLayers(Cell cell, RecurrentOptions options, IReadOnlyList<Tensor> values)
    {
        (Cell, Options, Parameters) = (cell, options, ParameterSpec.Named(Specs(cell, options), values));
        _dropout = new Dropout(options.Dropout);
        _parts = cell.States.Count;
        _layers = new RecurrentLayer[options.Layers * options.Directions];
        Tensor[] all = [.. values];
        var each = all.Length / _layers.Length;
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i] = new RecurrentLayer(cell, all.AsSpan(i * each, each));
        }
    }

    /// <summary>The names of the cells.</summary>
    public static IReadOnlyList<string> CellNames { get; } = [.. Kernels.Cells.Cell.All.Select(cell => cell.Name)];

    /// <summary>The name of the cell.</summary>
    public string CellName => Cell.Name;

    /// <summary>Length of an output vector: H, or 2·H where both directions are read.</summary>
    public int OutputSize => Options.OutputSize;

    /// <summary>Sizes and the rest.</summary>
    internal RecurrentOptions Options { get; }

    /// <summary>
    /// For each layer l and direction: weight_ih_l{l} (G·H, I), where upper layers have I = D·H; weight_hh_l{l} (G·H,
    /// H); bias_ih_l{l} and bias_hh_l{l} (G·H). The reverse direction's end with _reverse. G is the number of gates: 1,
    /// 2 for mingru, 3 for gru, gru-reset-before and minlstm, 4 for lstm. Cells without recurrent weights have
    /// weight_ih and bias_ih alone.
    /// </summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The cell.</summary>
    internal Cell Cell { get; }

    /// <summary>The layers from the lowest, each in its directions.</summary>
    internal IReadOnlyList<RecurrentLayer> Layers => _layers;

    /// <summary>Makes the state before any input: zeros.</summary>
    /// <param name="batch">Rows that are read side by side, at least 1.</param>
    public IReadOnlyList<Tensor> ZeroState(int batch)
    {
        var state = new Tensor[_layers.Length * _parts];
        for (var i = 0; i < state.Length; i++)
        {
            state[i] = Tensor.Zeros(_layers[0].InputWeights.Device, batch, Options.HiddenSize);
        }
        return state;
    }

    /// <summary>Reads a sequence of vectors.</summary>
    /// <param name="input">(T, B, I), at least one step and row.</param>
    /// <param name="state">The state before the sequence.</param>
    /// <param name="dropout">
    /// What is dropped between layers, another stream for each step; null outside of training.
    /// </param>
    /// <returns>The uppermost layer's h after each step (T, B, D·H), and the state after the sequence.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public (Tensor Output, IReadOnlyList<Tensor> State) Forward(
        Tensor input,
        IReadOnlyList<Tensor> state,
        RandomStream? dropout = null
    ) => Forward(input, state, (DropoutStreams?)dropout);

    /// <inheritdoc cref="Forward(Tensor, IReadOnlyList{Tensor}, RandomStream?)"/>
    internal (Tensor Output, IReadOnlyList<Tensor> State) Forward(
        Tensor input,
        IReadOnlyList<Tensor> state,
        DropoutStreams? dropout
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
        return Run(input, null, null, state, dropout);
    }

    /// <summary>Reads a sequence of one-hot vectors, which are never made.</summary>
    /// <param name="tokens">Token indices (T, B), 0 ≤ token &lt; I; at least one.</param>
    /// <param name="state">The state before the sequence.</param>
    /// <param name="embedding">Vectors of length I to read in place of the one-hot ones.</param>
    /// <param name="dropout">
    /// What is dropped between layers, another stream for each step; null outside of training.
    /// </param>
    /// <returns>The uppermost layer's h after each step (T, B, D·H), and the state after the sequence.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range.</exception>
    public (Tensor Output, IReadOnlyList<Tensor> State) Forward(
        Indices tokens,
        IReadOnlyList<Tensor> state,
        Embedding? embedding = null,
        RandomStream? dropout = null
    ) => Forward(tokens, state, embedding, (DropoutStreams?)dropout);

    /// <inheritdoc cref="Forward(Indices, IReadOnlyList{Tensor}, Embedding?, RandomStream?)"/>
    internal (Tensor Output, IReadOnlyList<Tensor> State) Forward(
        Indices tokens,
        IReadOnlyList<Tensor> state,
        Embedding? embedding,
        DropoutStreams? dropout
    )
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(state);
        var batch = BatchOf(state);
        if (tokens.Count == 0 || tokens.Columns != batch)
        {
            throw new ArgumentException(
                $"The tokens must have shape (steps, {batch}), for the {batch} rows of the state, with at least one "
                    + "step, and "
                    + $"have ({tokens.Rows}, {tokens.Columns}).",
                nameof(tokens)
            );
        }
        if (embedding is not null && embedding.Size != Options.InputSize)
        {
            throw new ArgumentException(
                $"The embedding must have vectors of {Options.InputSize} values and has {embedding.Size}.",
                nameof(embedding)
            );
        }
        tokens.RequireBelow(embedding?.Entries ?? Options.InputSize, nameof(tokens));
        // The product with the input weights is taken once for each entry or once for each token, whichever are fewer;
        // in a shard, so that its gradient is that of a minibatch of its rows alone.
        return embedding is null || embedding.Entries <= tokens.Count / tokens.Shards
            ? Run(null, tokens, embedding?.Weight, state, dropout)
            : Run(embedding.Forward(tokens), null, null, state, dropout);
    }

    /// <summary>The parameters before they have values, in PyTorch's order.</summary>
    /// <exception cref="OverflowException">One would have more values than a tensor can.</exception>
    internal static IReadOnlyList<ParameterSpec> Specs(Cell cell, RecurrentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (hidden, sigma) = (options.HiddenSize, options.InitialDeviation);
        var specs = new List<ParameterSpec>();
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var inputs = layer == 0 ? options.InputSize : options.OutputSize;
            for (var direction = 0; direction < options.Directions; direction++)
            {
                var place = $"_l{layer}{(direction == 0 ? "" : "_reverse")}";
                foreach (var (name, rows, columns) in cell.Parameters(inputs, hidden))
                {
                    var isBias = columns == 0;
                    var shape = isBias ? new Shape(rows) : new Shape(rows, columns);
                    specs.Add(new(name + place, shape, InitialValues.Of(hidden, sigma, isBias)));
                }
            }
        }
        return specs;
    }

    /// <summary>Runs every layer, the lowest over vectors or else over tokens of a table.</summary>
    private (Tensor Output, IReadOnlyList<Tensor> State) Run(
        Tensor? input,
        Indices? tokens,
        Tensor? table,
        IReadOnlyList<Tensor> state,
        DropoutStreams? dropout
    )
    {
        var final = TensorPool.RentList(state.Count);
        for (var layer = 0; layer < Options.Layers; layer++)
        {
            var output = RunDirection(layer * Options.Directions, input, tokens, table, state, final);
            if (Options.Bidirectional)
            {
                var reverse = RunDirection((layer * 2) + 1, input, tokens, table, state, final);
                output = Tensor.Concatenate(-1, output, reverse);
            }
            input = layer < Options.Layers - 1 ? _dropout.Forward(output, dropout?.Fork((ulong)layer)) : output;
        }
        return (input!, final);
    }

    /// <summary>Runs one layer in one direction and puts down its final state.</summary>
    private Tensor RunDirection(
        int index,
        Tensor? input,
        Indices? tokens,
        Tensor? table,
        IReadOnlyList<Tensor> state,
        Tensor[] final
    )
    {
        var reversed = Options.Bidirectional && index % 2 == 1;
        var first = index * _parts;
        var (h, c) = (state[first], Cell.HasCellState ? state[first + 1] : null);
        var (output, finalH, finalC) = input is null
            ? _layers[index].Forward(tokens!, table, h, c, reversed)
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
}
