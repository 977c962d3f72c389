using Recurrent.Kernels.Cells;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Cells;

/// <summary>A layer of a cell over one sequence, forward and back, on operands drawn from seeds.</summary>
internal sealed class CellRun
{
    private readonly VectorTier _tier;
    private readonly WorkerTeam _team;
    private readonly GpuQueue? _gpu; // runs the layer in place of the tier
    public SequenceTile? Tile { get; set; } // of the card
    private readonly Cell _cell;
    private readonly Operand<float> _gates; // (T, B, G·H)
    private readonly Operand<float> _inputGates; // (T, B, G·H), or none
    private readonly Operand<float> _h; // (T, B, H)
    private readonly Operand<float> _c; // (T, B, H), or none
    private readonly Operand<float> _gatedH; // (T, B, H), or none
    private readonly Operand<float> _gradientH; // (B, H)
    private readonly Operand<float> _gradientC; // (B, H), or none

    public CellRun(
        string tier,
        int threads,
        Cell cell,
        (int Batch, int Steps, int Hidden) size,
        bool reversed = false,
        float[]? input = null,
        GpuQueue? gpu = null,
        SequenceTile? tile = null
    )
    {
        (_gpu, Tile) = (gpu, tile);
        (_tier, _team, _cell) = (VectorTier.Named(tier), new WorkerTeam(threads), cell);
        (Size, Reversed) = (size, reversed);
        GateSize = cell.Gates.Count * size.Hidden;
        State = size.Batch * size.Hidden;
        Output = size.Steps * State;
        Input = input ?? Tiers.Values(size.Steps * size.Batch * GateSize, 1);
        InitialH = Tiers.Values(State, 4);
        InitialC = Tiers.Values(cell.HasCellState ? State : 0, 5);
        OutputGradient = Tiers.Values(Output, 8);
        FinalGradientH = Tiers.Values(State, 6);
        FinalGradientC = Tiers.Values(cell.HasCellState ? State : 0, 7);
        _inputGates = cell.SplitsInput ? Host.Of(Input) : Operand<float>.Empty;
        _gates = cell.SplitsInput ? Host.Unwritten(Input.Length) : Host.Of(Input);
        _h = Host.Unwritten(Output);
        _c = cell.HasCellState ? Host.Unwritten(Output) : Operand<float>.Empty;
        _gatedH = cell.GatesH ? Host.Unwritten(Output) : Operand<float>.Empty;
        _gradientH = Host.Of(FinalGradientH);
        _gradientC = cell.HasCellState ? Host.Of(FinalGradientC) : Operand<float>.Empty;
    }

    public (int Batch, int Steps, int Hidden) Size { get; }

    public bool Reversed { get; }

    public int GateSize { get; }

    public int State { get; }

    public int Output { get; }

    public float[] Input { get; } // (T, B, G·H)

    public float[] InitialH { get; }

    public float[] InitialC { get; }

    public float[] OutputGradient { get; }

    public float[] FinalGradientH { get; }

    public float[] FinalGradientC { get; }

    public float[] Weights => Tiers.Values(_cell.IsRecurrent ? GateSize * Size.Hidden : 0, 2); // (G·H, H)

    public float[] RecurrentBias => Tiers.Values(_cell.SplitsInput ? GateSize : 0, 3);

    public float[] H => _h.ToArray();

    public float[] C => _c.ToArray();

    public float[] Gates => _gates.ToArray();

    public float[] GradientOfInput => (_cell.SplitsInput ? _inputGates : _gates).ToArray();

    public float[] GradientH => _gradientH.ToArray();

    public float[] GradientC => _gradientC.ToArray();

    /// <summary>All that the runs have left.</summary>
    public float[] All =>
        [.. H, .. C, .. Gates, .. _inputGates.ToArray(), .. _gatedH.ToArray(), .. GradientH, .. GradientC];

    public CellRun Forward(int[]? tokens = null, float[]? table = null)
    {
        var sequence = Sequence(transposed: true) with
        {
            Tokens = Host.Of(tokens ?? []),
            TokenTable = Host.Of(table ?? []),
            RecurrentBias = Host.Of(RecurrentBias),
        };
        Run(sequence);
        return this;
    }

    public CellRun Backward()
    {
        var sequence = Sequence(transposed: false) with
        {
            Backward = true,
            OutputGradient = Host.Of(OutputGradient),
            GradientH = _gradientH,
            GradientC = _gradientC,
        };
        Run(sequence);
        return this;
    }

    private void Run(CellSequence sequence)
    {
        if (_gpu is null)
        {
            _tier.Run(sequence, _team);
            return;
        }
        var copies = new CardCopies(_gpu.Card);
        var there = sequence with
        {
            Tile = Tile,
            Gates = copies.Of(sequence.Gates),
            InputGates = copies.Of(sequence.InputGates),
            Tokens = copies.Of(sequence.Tokens),
            TokenTable = copies.Of(sequence.TokenTable),
            RecurrentBias = copies.Of(sequence.RecurrentBias),
            Weights = copies.Of(sequence.Weights),
            InitialH = copies.Of(sequence.InitialH),
            InitialC = copies.Of(sequence.InitialC),
            H = copies.Of(sequence.H),
            C = copies.Of(sequence.C),
            GatedH = copies.Of(sequence.GatedH),
            OutputGradient = copies.Of(sequence.OutputGradient),
            GradientH = copies.Of(sequence.GradientH),
            GradientC = copies.Of(sequence.GradientC),
        };
        there.Launch(_gpu);
        copies.Download();
    }

    private CellSequence Sequence(bool transposed) =>
        new()
        {
            Cell = _cell,
            Steps = Size.Steps,
            Batch = Size.Batch,
            HiddenSize = Size.Hidden,
            Reversed = Reversed,
            Gates = _gates,
            InputGates = _inputGates,
            Weights = Pack(transposed),
            InitialH = Host.Of(InitialH),
            InitialC = Host.Of(InitialC),
            H = _h,
            C = _c,
            GatedH = _gatedH,
        };

    private Operand<float> Pack(bool transposed)
    {
        if (!_cell.IsRecurrent)
        {
            return Operand<float>.Empty;
        }
        var (rows, columns) = transposed ? (Size.Hidden, GateSize) : (GateSize, Size.Hidden);
        if (_gpu is not null)
        {
            return PackForCard(transposed, rows, columns);
        }
        var pack = new Pack(
            Host.Of(Weights),
            transposed,
            rows,
            columns,
            Host.Unwritten(Kernels.Products.Pack.Length(rows, columns))
        );
        _tier.Run(pack, _team);
        return pack.Packed;
    }

    // A card reads k after k, each padded to the widest panel.
    private Operand<float> PackForCard(bool transposed, int rows, int columns)
    {
        var packed = Host.Room<float>(Kernels.Products.Pack.Length(rows, columns));
        var step = rows == 0 ? 0 : packed.Length / rows;
        var weights = Weights;
        for (var k = 0; k < rows; k++)
        {
            for (var n = 0; n < columns; n++)
            {
                packed.AsSpan()[(k * step) + n] = weights[transposed ? (n * rows) + k : (k * columns) + n];
            }
        }
        return packed;
    }
}
