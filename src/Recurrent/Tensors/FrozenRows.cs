using System.Runtime.CompilerServices;
using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

/// <summary>
/// Texts that a <see cref="FrozenNetwork"/> reads side by side, a row each, and the memory of a step, so that one
/// allocates nothing. The kernels take rows that stand together, so those of a step are gathered unless they do, and
/// written to other memory, which takes turns with the first where every row that holds something takes part.
/// </summary>
internal sealed class FrozenRows
{
    private readonly FrozenNetwork _network;
    private readonly Device _device;
    private readonly int _capacity;
    private readonly StatePart[] _parts; // of all layers, h before c
    private readonly Operand<float>[] _gates; // (capacity, G·H) of each layer
    private readonly Operand<float>[] _inputGates; // (capacity, G·H) of each layer, where the cell splits its input
    private readonly Operand<float>[] _gatedH; // (capacity, H) of each layer, where the cell gates the old h
    private readonly Operand<float> _logits; // (capacity, V)
    private readonly Operand<float> _vectors; // (capacity, I), where the lowest layer reads vectors
    private readonly Operand<int> _tokens; // (capacity), or (tables, capacity) of which vectors are sums
    private readonly Operand<int> _rows; // (capacity), those of a step, unless they stand together
    private readonly float[] _read; // (capacity, V), the logits on the host

    // Three for each layer: those of the steps of all rows that hold something, which have the same operands every
    // other time while there are as many, and that of the last step of some rows.
    private readonly CellSequence[] _sequences;
    private int _turn; // 0 or 1

    /// <summary>Makes rows of zeros.</summary>
    public FrozenRows(FrozenNetwork network, int capacity)
    {
        (_network, _device, _capacity) = (network, network.Device, capacity);
        _parts =
        [
            .. network.States.Select(state => new StatePart
            {
                Width = state.Length,
                Now = Allocate<float>(state.Length),
                Next = Allocate<float>(state.Length),
            }),
        ];
        _gates = [.. network.Layers.Select(layer => Allocate<float>(layer.GateSize))];
        _inputGates =
        [
            .. network.Layers.Select(layer => layer.Cell.SplitsInput ? Allocate<float>(layer.GateSize) : default),
        ];
        _gatedH = [.. network.Layers.Select(layer => layer.Cell.GatesH ? Allocate<float>(layer.HiddenSize) : default)];
        _logits = Allocate<float>(network.Output.Outputs);
        _read = new float[_logits.Length];
        _sequences = new CellSequence[3 * network.Layers.Count];
        (_tokens, _rows) = (Allocate<int>(network.Input?.Count ?? 1), Allocate<int>(1));
        _vectors = network.Input is { } input ? Allocate<float>(input.Width) : default;
    }

    /// <summary>The logits (capacity, V), those of the last step first.</summary>
    public ReadOnlySpan<float> Logits => _read;

    /// <summary>Copies a vector of a row's state.</summary>
    public void Read(int part, int row, Span<float> values) => _device.Read(_parts[part].Row(row), values);

    /// <summary>Overwrites a vector of a row's state.</summary>
    public void Write(int part, int row, ReadOnlySpan<float> values) => _device.Write(values, _parts[part].Row(row));

    /// <summary>Reads a token of each of some rows, of which the first ones give logits.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="tokens">A token for each; or (tables, rows), a row of each of the input's tables.</param>
    /// <param name="outputs">How many give logits.</param>
    /// <param name="forgetsOthers">Whether the other rows may hold anything afterwards.</param>
    public void Step(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs, bool forgetsOthers)
    {
        var (first, count) = (FirstOf(rows), rows.Length);
        if (first < 0)
        {
            _device.Write(rows, _rows.Slice(0, count));
        }
        var read = _tokens.Slice(0, tokens.Length);
        _device.Write(tokens, read);
        _network.Input?.Sum(read, _vectors.Slice(0, count * _network.Input.Width));
        var takesTurns = first == 0 && (count == _capacity || forgetsOthers);
        var (part, below) = (0, _vectors);
        for (var i = 0; i < _gates.Length; i++)
        {
            var layer = _network.Layers[i];
            ref var sequence = ref _sequences[(3 * i) + (takesTurns ? _turn : 2)];
            if (!takesTurns || sequence.Batch != count)
            {
                Prepare(ref sequence, i, part, first, count);
            }
            part += layer.Cell.HasCellState ? 2 : 1;
            var input = sequence.InputGates.IsEmpty ? sequence.Gates : sequence.InputGates;
            layer.Below?.Apply(below, input, count);
            _device.Run(sequence);
            below = sequence.H;
        }
        if (outputs > 0)
        {
            var logits = _logits.Slice(0, outputs * _network.Output.Outputs);
            _network.Output.Apply(below, logits, outputs);
            _device.Read(logits, _read.AsSpan(0, logits.Length));
        }
        foreach (var state in _parts)
        {
            Advance(state, first, count, takesTurns);
        }
        _turn ^= takesTurns ? 1 : 0;
    }

    /// <summary>The first of some rows, if each is the one after the one before; else −1.</summary>
    private static int FirstOf(ReadOnlySpan<int> rows)
    {
        for (var i = 1; i < rows.Length; i++)
        {
            if (rows[i] != rows[0] + i)
            {
                return -1;
            }
        }
        return rows[0];
    }

    private Operand<T> Allocate<T>(int columns)
        where T : unmanaged => new(_device.Allocate<T>(checked(_capacity * columns)));

    /// <summary>The operands of a layer's step, and its rows' old state.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // else every step would clear the room that the operands take here
    private void Prepare(ref CellSequence sequence, int index, int part, int first, int rows)
    {
        var layer = _network.Layers[index];
        var h = _parts[part];
        var c = layer.Cell.HasCellState ? _parts[part + 1] : null;
        var gates = rows * layer.GateSize;
        sequence = new()
        {
            Cell = layer.Cell,
            Steps = 1,
            Batch = rows,
            HiddenSize = layer.HiddenSize,
            Tokens = layer.Table.IsEmpty ? default : _tokens.Slice(0, rows),
            TokenTable = layer.Table,
            Gates = _gates[index].Slice(0, gates),
            InputGates = layer.Cell.SplitsInput ? _inputGates[index].Slice(0, gates) : default,
            RecurrentBias = layer.RecurrentBias,
            Weights = layer.Weights,
            InitialH = Before(h, first, rows),
            InitialC = c is null ? default : Before(c, first, rows),
            H = h.After(rows),
            C = c?.After(rows) ?? default,
            GatedH = layer.Cell.GatesH ? _gatedH[index].Slice(0, rows * layer.HiddenSize) : default,
        };
    }

    /// <summary>The vectors of a step's rows, one after the other.</summary>
    private Operand<float> Before(StatePart state, int first, int count)
    {
        if (first >= 0)
        {
            return state.Now.Slice(first * state.Width, count * state.Width);
        }
        if (state.Gathered.IsEmpty)
        {
            state.Gathered = Allocate<float>(state.Width);
        }
        var gathered = state.Gathered.Slice(0, count * state.Width);
        _device.Run(new GatherRows(state.Now, _rows.Slice(0, count), state.Width, gathered));
        return gathered;
    }

    /// <summary>Takes over what a step has written.</summary>
    private void Advance(StatePart state, int first, int count, bool takesTurns)
    {
        if (first < 0)
        {
            _device.Run(new ScatterRows(state.After(count), _rows.Slice(0, count), state.Width, state.Now));
        }
        else if (takesTurns)
        {
            (state.Now, state.Next) = (state.Next, state.Now);
        }
        else
        {
            _device.Copy(state.After(count), state.Now.Slice(first * state.Width, count * state.Width));
        }
    }

    /// <summary>One vector of each row's state.</summary>
    private sealed class StatePart
    {
        public required int Width { get; init; }

        public required Operand<float> Now { get; set; } // (capacity, width)

        public required Operand<float> Next { get; set; } // (capacity, width), to which a step writes its rows

        public Operand<float> Gathered { get; set; } // (capacity, width), where rows have not stood together

        public Operand<float> Row(int row) => Now.Slice(row * Width, Width);

        public Operand<float> After(int rows) => Next.Slice(0, rows * Width);
    }
}
