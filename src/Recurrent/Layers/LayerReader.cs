using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>A recurrent layer that reads one step at a time, in memory of its own and without a tape.</summary>
internal sealed class LayerReader
{
    private readonly RecurrentLayer _layer;
    private readonly DerivedValues _input;
    private readonly int _batch; // B
    private readonly int _gateSize; // G·H
    private readonly int _hiddenSize; // H
    private readonly AlignedBuffer _gates; // (B, G·H)
    private readonly AlignedBuffer? _inputGates; // (B, 3·H), a GRU's only
    private readonly StepState _h; // (B, H)
    private readonly StepState? _c; // (B, H), an LSTM's only

    /// <summary>Begins with a state of zeros.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Its table of tokens (V, G·H) where it reads tokens, or its bias (G·H) where it reads vectors.</param>
    /// <param name="batch">Rows that are read side by side, B.</param>
    public LayerReader(RecurrentLayer layer, DerivedValues input, int batch)
    {
        (_layer, _input, _batch) = (layer, input, batch);
        (_gateSize, _hiddenSize) = (layer.Weights.Shape[0], layer.Weights.Shape[1]);
        var (gates, state) = (checked(batch * _gateSize), batch * _hiddenSize);
        _gates = new AlignedBuffer(gates);
        _inputGates = layer.RecurrentBias is null ? null : new AlignedBuffer(gates);
        _h = new StepState(state);
        _c = layer.Cell == CellKind.Lstm ? new StepState(state) : null;
    }

    /// <summary>h after what has been read (B, H).</summary>
    public ReadOnlySpan<float> H => _h.Now.Span;

    /// <summary>The state: h and, for an LSTM, c, each (B, H).</summary>
    public IEnumerable<AlignedBuffer> State => _c is null ? [_h.Now] : [_h.Now, _c.Now];

    /// <summary>Reads tokens (B).</summary>
    public void Read(ReadOnlySpan<int> tokens) => Step(Compute.Current, tokens, _input.Values);

    /// <summary>Reads vectors x (B, I).</summary>
    public void Read(ReadOnlySpan<float> x)
    {
        var compute = Compute.Current;
        var preActivations = (_inputGates ?? _gates).Span;
        var bias = _input.Values;
        for (var row = 0; row < _batch; row++)
        {
            bias.CopyTo(preActivations[(row * _gateSize)..]);
        }
        compute.Tier.Multiply(
            compute.Team,
            x,
            transposed: false,
            _layer.InputWeights.Packed(transposed: true),
            preActivations,
            _batch,
            _gateSize,
            _layer.InputWeights.Shape[1],
            add: true
        );
        Step(compute, [], []);
    }

    private void Step(Compute compute, ReadOnlySpan<int> tokens, ReadOnlySpan<float> table)
    {
        compute.Tier.RecurrentForward(
            compute.Team,
            new RecurrentSequence
            {
                Cell = _layer.Cell,
                Steps = 1,
                Batch = _batch,
                HiddenSize = _hiddenSize,
                Tokens = tokens,
                TokenTable = table,
                Gates = _gates.Span,
                InputGates = _inputGates is null ? default : _inputGates.Span,
                RecurrentBias = _layer.RecurrentBias is { } bias ? bias.Values : default,
                Weights = _layer.Weights.Packed(transposed: true),
                InitialH = _h.Now.Span,
                InitialC = _c is null ? default : _c.Now.Span,
                H = _h.Next.Span,
                C = _c is null ? default : _c.Next.Span,
            }
        );
        _h.Advance();
        _c?.Advance();
    }

    /// <summary>A state before and after a step, which take turns.</summary>
    private sealed class StepState(int length)
    {
        public AlignedBuffer Now { get; private set; } = new(length);

        public AlignedBuffer Next { get; private set; } = new(length);

        public void Advance() => (Now, Next) = (Next, Now);
    }
}
