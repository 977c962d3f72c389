using Recurrent.Kernels;
using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>Recurrent layers in one direction and an output, frozen: packed weights, and the gates of each token.</summary>
internal sealed class RecurrentDecoder : Decoder
{
    private readonly KernelTier _tier; // what the weights are packed for
    private readonly FrozenLayer[] _layers; // from the lowest, which reads tokens
    private readonly AlignedBuffer _outputWeights; // packed (H, V)
    private readonly AlignedBuffer _outputBias; // (V)
    private readonly DecoderRow _start;

    /// <summary>Freezes layers as they are now.</summary>
    /// <param name="layers">The layers from the lowest.</param>
    /// <param name="vectors">The tokens' vectors (V, I), or null for one-hot ones.</param>
    /// <param name="output">The output.</param>
    public RecurrentDecoder(IReadOnlyList<RecurrentLayer> layers, Tensor? vectors, Linear output)
        : base(output.Bias.Count)
    {
        using var noGradient = GradientMode.Disable();
        _tier = Compute.Current.Tier;
        _layers =
        [
            .. layers.Select(
                (layer, i) =>
                    new FrozenLayer(
                        layer.Cell,
                        Pack(layer.Weights),
                        i == 0 ? null : Pack(layer.InputWeights),
                        Copy(i == 0 ? layer.InputTable(vectors) : layer.InputBias()),
                        layer.RecurrentBias is { } bias ? Copy(bias) : null,
                        layer.Weights.Shape[1]
                    )
            ),
        ];
        (_outputWeights, _outputBias) = (Pack(output.Weight), Copy(output.Bias));
        _start = new DecoderRow(
            _layers.SelectMany(
                (layer, i) => layer.States.Select(state => ($"{state}_l{i}", new float[layer.HiddenSize]))
            )
        );
    }

    /// <inheritdoc/>
    public override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    private static AlignedBuffer Copy(Tensor values)
    {
        var copy = new AlignedBuffer(values.Count);
        values.Values.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>The transpose of a weight (n, k), packed.</summary>
    private AlignedBuffer Pack(Tensor weight)
    {
        var (n, k) = (weight.Shape[0], weight.Shape[1]);
        var packed = new AlignedBuffer(_tier.PackedLength(k, n));
        _tier.Pack(Compute.Current.Team, weight.Values, k, n, transposed: true, packed.Span);
        return packed;
    }

    /// <summary>One layer as it was.</summary>
    /// <param name="Cell">The cell.</param>
    /// <param name="Weights">weight_hh, packed (H, G·H).</param>
    /// <param name="InputWeights">weight_ih, packed (H, G·H); null for the lowest layer.</param>
    /// <param name="Input">The lowest layer's gates of each token (V, G·H), or an upper one's bias (G·H).</param>
    /// <param name="RecurrentBias">bias_hh (3·H), a GRU's only.</param>
    /// <param name="HiddenSize">Hidden units H.</param>
    private sealed record FrozenLayer(
        CellKind Cell,
        AlignedBuffer Weights,
        AlignedBuffer? InputWeights,
        AlignedBuffer Input,
        AlignedBuffer? RecurrentBias,
        int HiddenSize
    )
    {
        public string[] States => Cell == CellKind.Lstm ? ["h", "c"] : ["h"];

        public int GateSize =>
            HiddenSize
            * Cell switch
            {
                CellKind.Lstm => 4,
                CellKind.Gru => 3,
                _ => 1,
            };
    }

    /// <summary>
    /// The rows' states, and the memory of a step. The kernels take rows that stand together, so those of a step are
    /// gathered unless they do, and written to other memory, which takes turns with the first where every row takes part.
    /// </summary>
    private sealed class Rows : DecoderState
    {
        private readonly RecurrentDecoder _decoder;
        private readonly Part[] _parts; // of all layers, h before c
        private readonly AlignedBuffer[] _gates; // (capacity, G·H) of each layer
        private readonly AlignedBuffer?[] _inputGates; // (capacity, 3·H) of each layer, a GRU's only
        private readonly AlignedBuffer _logits; // (capacity, V)

        public Rows(RecurrentDecoder decoder, int capacity)
            : base(decoder, capacity, decoder._start)
        {
            _decoder = decoder;
            _parts =
            [
                .. decoder._layers.SelectMany(layer =>
                    layer.States.Select(_ => new Part(capacity, layer.HiddenSize))
                ),
            ];
            _gates = Array.ConvertAll(
                decoder._layers,
                layer => new AlignedBuffer(checked(capacity * layer.GateSize))
            );
            _inputGates = Array.ConvertAll(
                decoder._layers,
                layer =>
                    layer.RecurrentBias is null ? null : new AlignedBuffer(checked(capacity * layer.GateSize))
            );
            _logits = new AlignedBuffer(checked(capacity * decoder.VocabularySize));
        }

        protected override ReadOnlySpan<float> LogitRows => _logits.Span;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            var compute = Compute.Current;
            var part = 0;
            var below = ReadOnlySpan<float>.Empty;
            for (var i = 0; i < _decoder._layers.Length; i++)
            {
                var layer = _decoder._layers[i];
                var h = _parts[part++];
                var c = layer.Cell == CellKind.Lstm ? _parts[part++] : null;
                if (i > 0)
                {
                    ReadVectors(compute, i, below, rows.Length);
                }
                Step(compute, i, i == 0 ? tokens : [], rows, h, c);
                below = h.After(rows.Length);
            }
            WriteLogits(compute, below, outputs);
            foreach (var state in _parts)
            {
                state.Advance(rows);
            }
        }

        protected override void ReadPart(int part, int row, Span<float> values) =>
            _parts[part].Row(row).CopyTo(values);

        protected override void WritePart(int part, int row, ReadOnlySpan<float> values) =>
            values.CopyTo(_parts[part].Row(row));

        /// <summary>The input's part of an upper layer's gates, of the h below (n, H).</summary>
        private void ReadVectors(Compute compute, int index, ReadOnlySpan<float> x, int n)
        {
            var layer = _decoder._layers[index];
            var gates = (_inputGates[index] ?? _gates[index]).Span[..(n * layer.GateSize)];
            AddProduct(compute, x, layer.InputWeights!, layer.Input.Span, gates, n);
        }

        private void WriteLogits(Compute compute, ReadOnlySpan<float> h, int outputs)
        {
            if (outputs > 0)
            {
                h = h[..(outputs * _decoder._layers[^1].HiddenSize)];
                var logits = _logits.Span[..(outputs * _decoder.VocabularySize)];
                AddProduct(compute, h, _decoder._outputWeights, _decoder._outputBias.Span, logits, outputs);
            }
        }

        /// <summary>y = x·W + b.</summary>
        private void AddProduct(
            Compute compute,
            ReadOnlySpan<float> x,
            AlignedBuffer packed,
            ReadOnlySpan<float> bias,
            Span<float> y,
            int rows
        )
        {
            for (var row = 0; row < rows; row++)
            {
                bias.CopyTo(y[(row * bias.Length)..]);
            }
            _decoder._tier.Multiply(
                compute.Team,
                x,
                transposed: false,
                packed.Span,
                y,
                rows,
                bias.Length,
                x.Length / rows,
                add: true
            );
        }

        private void Step(
            Compute compute,
            int index,
            ReadOnlySpan<int> tokens,
            ReadOnlySpan<int> rows,
            Part h,
            Part? c
        )
        {
            var layer = _decoder._layers[index];
            var gates = rows.Length * layer.GateSize;
            _decoder._tier.RecurrentForward(
                compute.Team,
                new RecurrentSequence
                {
                    Cell = layer.Cell,
                    Steps = 1,
                    Batch = rows.Length,
                    HiddenSize = layer.HiddenSize,
                    Tokens = tokens,
                    TokenTable = tokens.IsEmpty ? default : layer.Input.Span,
                    Gates = _gates[index].Span[..gates],
                    InputGates = _inputGates[index] is { } input ? input.Span[..gates] : default,
                    RecurrentBias = layer.RecurrentBias is { } bias ? bias.Span : default,
                    Weights = layer.Weights.Span,
                    InitialH = h.Before(rows),
                    InitialC = c is null ? default : c.Before(rows),
                    H = h.After(rows.Length),
                    C = c is null ? default : c.After(rows.Length),
                }
            );
        }
    }

    /// <summary>One vector of each row's state, before and after a step.</summary>
    private sealed class Part(int capacity, int width)
    {
        private AlignedBuffer _now = new(checked(capacity * width)); // (capacity, H)
        private AlignedBuffer _next = new(checked(capacity * width)); // (rows of a step, H)
        private AlignedBuffer? _gathered; // (rows of a step, H)

        public Span<float> Row(int row) => _now.Span.Slice(row * width, width);

        /// <summary>The rows of a step, one after the other.</summary>
        public ReadOnlySpan<float> Before(ReadOnlySpan<int> rows)
        {
            if (StandTogether(rows))
            {
                return _now.Span.Slice(rows[0] * width, rows.Length * width);
            }
            var gathered = (_gathered ??= new AlignedBuffer(_now.Length)).Span;
            for (var i = 0; i < rows.Length; i++)
            {
                Row(rows[i]).CopyTo(gathered[(i * width)..]);
            }
            return gathered[..(rows.Length * width)];
        }

        /// <summary>Where a step writes its rows, one after the other.</summary>
        public Span<float> After(int rows) => _next.Span[..(rows * width)];

        /// <summary>Takes over what a step has written.</summary>
        public void Advance(ReadOnlySpan<int> rows)
        {
            if (rows.Length == capacity && StandTogether(rows))
            {
                (_now, _next) = (_next, _now);
                return;
            }
            for (var i = 0; i < rows.Length; i++)
            {
                _next.Span.Slice(i * width, width).CopyTo(Row(rows[i]));
            }
        }

        private static bool StandTogether(ReadOnlySpan<int> rows)
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
}
