using Recurrent.Kernels;
using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Products;
using Recurrent.Tensors;

namespace Recurrent.Layers;

/// <summary>A recurrent layer that reads one step at a time, in memory of its own and without a tape.</summary>
internal sealed class LayerReader
{
    private readonly RecurrentLayer _layer;
    private readonly DerivedValues _input;
    private readonly Device _device;
    private readonly int _batch; // B
    private readonly int _gateSize; // G·H
    private readonly int _hiddenSize; // H
    private readonly Operand<float> _gates; // (B, G·H)
    private readonly Operand<float> _inputGates; // (B, G·H), where the cell splits its input
    private readonly StepState _h; // (B, H)
    private readonly StepState? _c; // (B, H), where the cell has it

    /// <summary>Begins with a state of zeros.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">Its table of tokens (V, G·H) where it reads tokens, or its bias (G·H) where it reads vectors.</param>
    /// <param name="batch">Rows that are read side by side, B.</param>
    public LayerReader(RecurrentLayer layer, DerivedValues input, int batch)
    {
        (_layer, _input, _batch, _device) = (layer, input, batch, layer.InputWeights.Device);
        _gateSize = layer.InputWeights.Shape[0];
        _hiddenSize = _gateSize / layer.Cell.Gates.Count;
        var (gates, state) = (checked(batch * _gateSize), batch * _hiddenSize);
        _gates = New(_device, gates);
        _inputGates = layer.Cell.SplitsInput ? New(_device, gates) : default;
        _h = new StepState(_device, state);
        _c = layer.Cell.HasCellState ? new StepState(_device, state) : null;
    }

    /// <summary>h after what has been read (B, H).</summary>
    public Operand<float> H => _h.Now;

    /// <summary>The state: h and, for an LSTM, c, each (B, H).</summary>
    public IEnumerable<Operand<float>> State => _c is null ? [_h.Now] : [_h.Now, _c.Now];

    /// <summary>Reads tokens (B).</summary>
    public void Read(Operand<int> tokens) => Step(tokens, _input.Values.Values);

    /// <summary>Reads vectors x (B, I).</summary>
    public void Read(Operand<float> x)
    {
        var preActivations = _layer.Cell.SplitsInput ? _inputGates : _gates;
        _device.Run(
            new CopyRows
            {
                From = _input.Values.Values,
                FromStep = 0,
                To = preActivations,
                ToStep = _gateSize,
                Rows = _batch,
                Columns = _gateSize,
            }
        );
        _device.Run(
            new MatrixProduct
            {
                A = x,
                B = _layer.InputWeights.Packed(transposed: true),
                C = preActivations,
                Rows = _batch,
                Columns = _gateSize,
                Depth = _layer.InputWeights.Shape[1],
                Accumulate = true,
            }
        );
        Step(default, default);
    }

    private void Step(Operand<int> tokens, Operand<float> table)
    {
        _device.Run(
            new CellForward
            {
                Cell = _layer.Cell,
                Sequence = new CellSequence
                {
                    Steps = 1,
                    Batch = _batch,
                    HiddenSize = _hiddenSize,
                    Tokens = tokens,
                    TokenTable = table,
                    Gates = _gates,
                    InputGates = _inputGates,
                    RecurrentBias = _layer.RecurrentBias?.Values ?? default,
                    Weights = _layer.Weights?.Packed(transposed: true) ?? default,
                    InitialH = _h.Now,
                    InitialC = _c?.Now ?? default,
                    H = _h.Next,
                    C = _c?.Next ?? default,
                },
            }
        );
        _h.Advance();
        _c?.Advance();
    }

    private static Operand<float> New(Device device, int length) => new(device.Allocate<float>(length));

    /// <summary>A state before and after a step, which take turns.</summary>
    private sealed class StepState(Device device, int length)
    {
        public Operand<float> Now { get; private set; } = New(device, length);

        public Operand<float> Next { get; private set; } = New(device, length);

        public void Advance() => (Now, Next) = (Next, Now);
    }
}
