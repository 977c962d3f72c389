using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Recurrent layers in one direction and an output, frozen: packed weights, and the gates of each token.</summary>
internal sealed class RecurrentDecoder : Decoder
{
    private readonly Device _device;
    private readonly FrozenLayer[] _layers; // from the lowest, which reads tokens
    private readonly Operand<float> _outputWeights; // packed (H, V)
    private readonly Operand<float> _outputBias; // (V)
    private readonly DecoderRow _start;

    /// <summary>Freezes layers as they are now.</summary>
    /// <param name="layers">The layers from the lowest.</param>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    /// <param name="output">The output.</param>
    public RecurrentDecoder(IReadOnlyList<RecurrentLayer> layers, Tensor? vectors, Linear output)
        : base(output.Bias.Count)
    {
        using var noGradient = GradientMode.Disable();
        _device = output.Bias.Device;
        _layers =
        [
            .. layers.Select(
                (layer, i) =>
                    new FrozenLayer(
                        layer.Cell,
                        layer.Weights is { } weights ? Pack(weights) : default,
                        i == 0 ? default : Pack(layer.InputWeights),
                        Copy(i == 0 ? layer.InputTable(vectors) : layer.InputBias()),
                        layer.RecurrentBias is { } bias ? Copy(bias) : default,
                        GateSize: layer.InputWeights.Shape[0]
                    )
            ),
        ];
        (_outputWeights, _outputBias) = (Pack(output.Weight), Copy(output.Bias));
        _start = new DecoderRow(
            _layers.SelectMany(
                (layer, i) =>
                    layer.Cell.States.Select(state => ($"{state}_l{i}", new float[layer.HiddenSize]))
            )
        );
    }

    /// <inheritdoc/>
    public override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    private Operand<float> Copy(Tensor values)
    {
        var copy = Allocate<float>(values.Count);
        _device.Copy(values.Values, copy);
        return copy;
    }

    /// <summary>The transpose of a weight (n, k), packed.</summary>
    private Operand<float> Pack(Tensor weight)
    {
        var (n, k) = (weight.Shape[0], weight.Shape[1]);
        var packed = Allocate<float>(Kernels.Products.Pack.Length(k, n));
        _device.Run(
            new Pack
            {
                B = weight.Values,
                Transposed = true,
                Rows = k,
                Columns = n,
                Packed = packed,
            }
        );
        return packed;
    }

    private Operand<T> Allocate<T>(int length)
        where T : unmanaged => new(_device.Allocate<T>(length));

    /// <summary>One layer as it was.</summary>
    /// <param name="Cell">The cell.</param>
    /// <param name="Weights">weight_hh, packed (H, G·H); empty where the cell has none.</param>
    /// <param name="InputWeights">weight_ih, packed (H, G·H); empty for the lowest layer.</param>
    /// <param name="Input">The lowest layer's gates of each token (V, G·H), or an upper one's bias (G·H).</param>
    /// <param name="RecurrentBias">bias_hh (G·H), where the cell splits its input.</param>
    /// <param name="GateSize">G·H.</param>
    private sealed record FrozenLayer(
        Cell Cell,
        Operand<float> Weights,
        Operand<float> InputWeights,
        Operand<float> Input,
        Operand<float> RecurrentBias,
        int GateSize
    )
    {
        public int HiddenSize => GateSize / Cell.Gates.Count;
    }

    /// <summary>
    /// The rows' states, and the memory of a step. The kernels take rows that stand together, so those of a step are
    /// gathered unless they do, and written to other memory, which takes turns with the first where every row takes part.
    /// </summary>
    private sealed class Rows : DecoderState
    {
        private readonly RecurrentDecoder _decoder;
        private readonly Part[] _parts; // of all layers, h before c
        private readonly Operand<float>[] _gates; // (capacity, G·H) of each layer
        private readonly Operand<float>[] _inputGates; // (capacity, G·H) of each layer, where the cell splits its input
        private readonly Operand<float> _logits; // (capacity, V)
        private readonly Operand<int> _tokens; // (capacity)
        private readonly Operand<int> _rows; // (capacity)
        private readonly float[] _read; // (capacity, V), the logits on the host

        public Rows(RecurrentDecoder decoder, int capacity)
            : base(decoder, capacity, decoder._start)
        {
            _decoder = decoder;
            _parts =
            [
                .. decoder._layers.SelectMany(layer =>
                    layer.Cell.States.Select(_ => new Part(decoder._device, capacity, layer.HiddenSize))
                ),
            ];
            _gates = Array.ConvertAll(
                decoder._layers,
                layer => decoder.Allocate<float>(checked(capacity * layer.GateSize))
            );
            _inputGates = Array.ConvertAll(
                decoder._layers,
                layer =>
                    layer.Cell.SplitsInput
                        ? decoder.Allocate<float>(checked(capacity * layer.GateSize))
                        : default
            );
            _read = new float[checked(capacity * decoder.VocabularySize)];
            _logits = decoder.Allocate<float>(_read.Length);
            (_tokens, _rows) = (decoder.Allocate<int>(capacity), decoder.Allocate<int>(capacity));
        }

        protected override ReadOnlySpan<float> LogitRows => _read;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            var read = new RowsOfStep(rows, _rows.Slice(0, rows.Length));
            if (!read.StandTogether)
            {
                _decoder._device.Write(rows, read.Indices);
            }
            _decoder._device.Write(tokens, _tokens.Slice(0, rows.Length));
            var part = 0;
            var below = Operand<float>.Empty;
            for (var i = 0; i < _decoder._layers.Length; i++)
            {
                var h = _parts[part++];
                var c = _decoder._layers[i].Cell.HasCellState ? _parts[part++] : null;
                if (i > 0)
                {
                    ReadVectors(i, below, rows.Length);
                }
                Step(i, i == 0 ? _tokens.Slice(0, rows.Length) : default, read, h, c);
                below = h.After(rows.Length);
            }
            WriteLogits(below, outputs);
            foreach (var state in _parts)
            {
                state.Advance(read);
            }
        }

        protected override void ReadPart(int part, int row, Span<float> values) =>
            _decoder._device.Read(_parts[part].Row(row), values);

        protected override void WritePart(int part, int row, ReadOnlySpan<float> values) =>
            _decoder._device.Write(values, _parts[part].Row(row));

        /// <summary>The input's part of an upper layer's gates, of the h below (n, H).</summary>
        private void ReadVectors(int index, Operand<float> x, int rows)
        {
            var layer = _decoder._layers[index];
            var gates = layer.Cell.SplitsInput ? _inputGates[index] : _gates[index];
            Product(x, layer.InputWeights, layer.Input, gates.Slice(0, rows * layer.GateSize), rows);
        }

        private void WriteLogits(Operand<float> h, int outputs)
        {
            if (outputs > 0)
            {
                var logits = _logits.Slice(0, outputs * _decoder.VocabularySize);
                h = h.Slice(0, outputs * _decoder._layers[^1].HiddenSize);
                Product(h, _decoder._outputWeights, _decoder._outputBias, logits, outputs);
                _decoder._device.Read(logits, _read.AsSpan(0, logits.Length));
            }
        }

        /// <summary>y = x·W + b.</summary>
        private void Product(
            Operand<float> x,
            Operand<float> packed,
            Operand<float> bias,
            Operand<float> y,
            int rows
        )
        {
            _decoder._device.Run(
                new CopyRows
                {
                    From = bias,
                    FromStep = 0,
                    To = y,
                    ToStep = bias.Length,
                    Rows = rows,
                    Columns = bias.Length,
                }
            );
            _decoder._device.Run(
                new MatrixProduct
                {
                    A = x,
                    B = packed,
                    C = y,
                    Rows = rows,
                    Columns = bias.Length,
                    Depth = x.Length / rows,
                    Accumulate = true,
                }
            );
        }

        private void Step(int index, Operand<int> tokens, in RowsOfStep rows, Part h, Part? c)
        {
            var layer = _decoder._layers[index];
            var gates = rows.Count * layer.GateSize;
            _decoder._device.Run(
                new CellForward
                {
                    Cell = layer.Cell,
                    Sequence = new CellSequence
                    {
                        Steps = 1,
                        Batch = rows.Count,
                        HiddenSize = layer.HiddenSize,
                        Tokens = tokens,
                        TokenTable = tokens.IsEmpty ? default : layer.Input,
                        Gates = _gates[index].Slice(0, gates),
                        InputGates = layer.Cell.SplitsInput ? _inputGates[index].Slice(0, gates) : default,
                        RecurrentBias = layer.RecurrentBias,
                        Weights = layer.Weights,
                        InitialH = h.Before(rows),
                        InitialC = c?.Before(rows) ?? default,
                        H = h.After(rows.Count),
                        C = c?.After(rows.Count) ?? default,
                    },
                }
            );
        }
    }

    /// <summary>The rows that take part in a step.</summary>
    private readonly struct RowsOfStep(ReadOnlySpan<int> rows, Operand<int> indices)
    {
        public int First { get; } = rows[0];

        public int Count { get; } = rows.Length;

        /// <summary>Whether each is the one after the one before.</summary>
        public bool StandTogether { get; } = AreTogether(rows);

        /// <summary>The rows (Count) on the device, unless they stand together.</summary>
        public Operand<int> Indices { get; } = indices;

        private static bool AreTogether(ReadOnlySpan<int> rows)
        {
            for (var i = 1; i < rows.Length; i++)
            {
                if (rows[i] != rows[0] + i)
                {
                    return false;
                }
            }
            return true;
        }
    }

    /// <summary>One vector of each row's state, before and after a step.</summary>
    private sealed class Part(Device device, int capacity, int width)
    {
        private Operand<float> _now = new(device.Allocate<float>(checked(capacity * width))); // (capacity, H)
        private Operand<float> _next = new(device.Allocate<float>(checked(capacity * width))); // (rows of a step, H)
        private Operand<float> _gathered; // (rows of a step, H)

        public Operand<float> Row(int row) => _now.Slice(row * width, width);

        /// <summary>The rows of a step, one after the other.</summary>
        public Operand<float> Before(in RowsOfStep rows)
        {
            if (rows.StandTogether)
            {
                return _now.Slice(rows.First * width, rows.Count * width);
            }
            if (_gathered.IsEmpty)
            {
                _gathered = new(device.Allocate<float>(_now.Length));
            }
            var gathered = _gathered.Slice(0, rows.Count * width);
            device.Run(
                new GatherRows
                {
                    Table = _now,
                    Indices = rows.Indices,
                    Y = gathered,
                    Columns = width,
                }
            );
            return gathered;
        }

        /// <summary>Where a step writes its rows, one after the other.</summary>
        public Operand<float> After(int rows) => _next.Slice(0, rows * width);

        /// <summary>Takes over what a step has written.</summary>
        public void Advance(in RowsOfStep rows)
        {
            if (!rows.StandTogether)
            {
                device.Run(
                    new ScatterRows
                    {
                        X = After(rows.Count),
                        Indices = rows.Indices,
                        Table = _now,
                        Columns = width,
                    }
                );
            }
            else if (rows.Count == capacity)
            {
                (_now, _next) = (_next, _now);
            }
            else
            {
                device.Copy(After(rows.Count), _now.Slice(rows.First * width, rows.Count * width));
            }
        }
    }
}
