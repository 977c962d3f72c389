using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Products;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>
/// The scan of a layer over time, forward or back, cut for threads in one of two ways. As an <see cref="IJob"/> a
/// chunk owns rows of the batch through all steps, so that threads meet only at the end. As an <see cref="IStepJob"/>
/// a block owns hidden units, all their gates and all rows, and threads meet after each step; so a batch of one row,
/// too, has work for all; where a cell gates the old h, they meet at that too, so that a step has two phases. Without
/// recurrent weights a block of units, too, needs no meeting.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct CellScan<V, TEquations> : IJob, IStepJob
    where V : unmanaged, IVector<V>
    where TEquations : struct, ICellEquations
{
    private const int LineWidth = 16; // float32 values of a cache line

    private readonly CellSequence _s;
    private readonly bool _isRecurrent;
    private readonly bool _gatesH;
    private readonly int _gates; // G
    private readonly int _plainGates; // whose recurrent product reads the old h as it is: G, or one less
    private readonly int _gateStep; // G·H
    private readonly float* _input; // (T, B, G·H) the input's part of the pre-activations, or all of them
    private readonly bool _startsAtTable; // whether products can start from the tokens' rows of the table
    private readonly (int First, int End) _rows;
    private readonly ScanCut _cut;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // so that the copy is known to be on the stack
    private CellScan(in CellSequence sequence, int threads)
    {
        _s = sequence;
        var cell = sequence.Cell;
        _isRecurrent = cell.IsRecurrent;
        _gatesH = cell.GatesH;
        _gates = cell.Gates.Count;
        _plainGates = _gatesH ? _gates - 1 : _gates;
        _gateStep = _gates * sequence.HiddenSize;
        _input = cell.SplitsInput ? sequence.InputGates.Start : sequence.Gates.Start;
        _startsAtTable =
            Tile<V>.IsTall
            && !sequence.Tokens.IsEmpty
            && _isRecurrent
            && !_gatesH
            && !cell.SplitsInput
            && _gateStep % Tile<V>.Columns == 0;
        var rows = sequence.Rows ?? sequence.Batch - sequence.FirstRow;
        _rows = (sequence.FirstRow, sequence.FirstRow + rows);
        _cut = cell.IsRecurrent
            ? ScanCut.WithMeetings(rows, sequence.HiddenSize, _gates, threads, Tile<V>.Columns)
            : ScanCut.WithoutMeetings(rows, sequence.HiddenSize, threads, LineWidth);
    }

    /// <summary>Runs the scan.</summary>
    public static void Run(in CellSequence sequence, WorkerTeam team)
    {
        var scan = new CellScan<V, TEquations>(sequence, team.Threads);
        if (scan._cut.ByUnits && scan._isRecurrent)
        {
            team.RunSteps(scan.Phases, scan._cut.Count, scan);
        }
        else
        {
            team.Run(scan._cut.Count, scan);
        }
    }

    // On the way back, the first step's product comes after its cell.
    private int Phases => (_gatesH ? 2 * _s.Steps : _s.Steps) + (_s.Backward ? 1 : 0);
    private PackedMatrix<V> Weights => new(_s.Weights.Start, _s.Backward ? _gateStep : _s.HiddenSize);

    /// <summary>All steps of one block.</summary>
    public void Run(int index)
    {
        var (rows, units) = (_rows, (0, _s.HiddenSize));
        var (first, end) = _cut[index];
        (rows, units) = _cut.ByUnits ? (rows, (first, end)) : ((_rows.First + first, _rows.First + end), units);
        for (var phase = 0; phase < Phases; phase++)
        {
            Run(phase, rows, units);
        }
    }

    /// <summary>One phase of one block of hidden units.</summary>
    public void Run(int step, int block) => Run(step, _rows, _cut[block]);

    private void Run(int phase, (int First, int End) rows, (int First, int End) units)
    {
        var isSecond = _gatesH && phase % 2 == 1;
        var step = _gatesH ? phase / 2 : phase;
        if (!_s.Backward)
        {
            if (isSecond)
            {
                StepForwardGated(step, rows, units);
            }
            else
            {
                StepForward(step, rows, units);
            }
            return;
        }
        var i = _s.Steps - 1 - step;
        if (isSecond)
        {
            StepBackGated(i, rows, units);
            return;
        }
        if (step > 0 && _isRecurrent)
        {
            AddGradientOfProduct(i + 1, rows, units);
        }
        if (i >= 0)
        {
            StepBack(i, rows, units);
        }
    }

    /// <summary>
    /// Step <paramref name="i"/> in the order of reading: pre-activations += h′·Wᵀ, then the cell, or its gating of h′.
    /// </summary>
    private void StepForward(int i, (int First, int End) rows, (int First, int End) units)
    {
        var t = TimeOf(i);
        var first =
            _startsAtTable && units.End - units.First == _s.HiddenSize ? MultiplyFromTable(i, rows) : rows.First;
        for (var row = first; !_s.Tokens.IsEmpty && row < rows.End; row++)
        {
            CopyGates(TableRow(t, row), At(_input, t, row, _gateStep), units);
        }
        for (var row = rows.First; !_s.RecurrentBias.IsEmpty && row < rows.End; row++)
        {
            CopyGates(_s.RecurrentBias.Start, At(_s.Gates.Start, t, row, _gateStep), units);
        }
        if (_isRecurrent && first < rows.End)
        {
            AddProduct(OldH(i, first), t, (first, rows.End), units, 0, _plainGates);
        }
        if (_gatesH)
        {
            CellRows<V, TEquations>.Gate(RowAt(i, rows.First), _gateStep, rows.End - rows.First, units, false);
            return;
        }
        CellRows<V, TEquations>.Forward(RowAt(i, rows.First), _gateStep, rows.End - rows.First, units);
    }

    /// <summary>
    /// Pre-activations = the tokens' rows of the table + h′·Wᵀ, in tall tiles that take the rows from where they are.
    /// </summary>
    /// <returns>The first row that is left over.</returns>
    [SkipLocalsInit]
    private int MultiplyFromTable(int i, (int First, int End) rows)
    {
        var t = TimeOf(i);
        var starts = stackalloc float*[MatrixProduct.RowsOfPass];
        var end = rows.End - ((rows.End - rows.First) % Tile<V>.TallRows);
        for (var first = rows.First; first < end; first += MatrixProduct.RowsOfPass)
        {
            var count = Math.Min(MatrixProduct.RowsOfPass, end - first);
            for (var row = 0; row < count; row++)
            {
                starts[row] = TableRow(t, first + row);
            }
            var to = At(_s.Gates.Start, t, first, _gateStep);
            Weights.MultiplyFrom(starts, count, OldH(i, first), to, _gateStep, _gateStep);
        }
        return end;
    }

    private float* TableRow(int t, int row) =>
        _s.TokenTable.Start + ((nint)_s.Tokens.Start[((nint)t * _s.Batch) + row] * _gateStep);

    /// <summary>The rest of a step that gates h′: the last gate += gated h′·Wᵀ, then the cell.</summary>
    private void StepForwardGated(int i, (int First, int End) rows, (int First, int End) units)
    {
        var t = TimeOf(i);
        AddProduct(At(_s.GatedH.Start, t, rows.First, _s.HiddenSize), t, rows, units, _plainGates, _gates);
        CellRows<V, TEquations>.Forward(RowAt(i, rows.First), _gateStep, rows.End - rows.First, units);
    }

    /// <summary>The recurrent product of some gates at time <paramref name="t"/>.</summary>
    private void AddProduct(
        float* h,
        int t,
        (int First, int End) rows,
        (int First, int End) units,
        int firstGate,
        int endGate
    )
    {
        var blocks = Blocks(units, endGate - firstGate);
        for (var block = 0; block < blocks.Count; block++)
        {
            var first = units.First + ((firstGate + block) * _s.HiddenSize);
            Weights.Multiply(
                new LeftOperand(h, _s.HiddenSize, 1),
                rows.End - rows.First,
                At(_s.Gates.Start, t, rows.First, _gateStep),
                _gateStep,
                first,
                first + blocks.Length,
                add: true
            );
        }
    }

    /// <summary>The cell of step <paramref name="i"/> on the way back, with the output's gradient.</summary>
    private void StepBack(int i, (int First, int End) rows, (int First, int End) units) =>
        CellRows<V, TEquations>.Backward(
            RowAt(i, rows.First),
            _gateStep,
            At(_s.OutputGradient.Start, TimeOf(i), rows.First, _s.HiddenSize),
            rows.End - rows.First,
            units
        );

    /// <summary>The rest of a step back that gates h′: the gradient of gated h′ = da·W of the last gate.</summary>
    private void StepBackGated(int i, (int First, int End) rows, (int First, int End) units)
    {
        var gated = At(_s.GatedH.Start, TimeOf(i), rows.First, _s.HiddenSize);
        AddGradientOfProduct(i, rows, units, gated, _plainGates, _gates, add: false);
        CellRows<V, TEquations>.Gate(RowAt(i, rows.First), _gateStep, rows.End - rows.First, units, backward: true);
    }

    /// <summary>dh before step <paramref name="i"/> += da·W.</summary>
    private void AddGradientOfProduct(int i, (int First, int End) rows, (int First, int End) units)
    {
        var gradient = At(_s.GradientH.Start, 0, rows.First, _s.HiddenSize);
        AddGradientOfProduct(i, rows, units, gradient, 0, _plainGates, add: true);
    }

    private void AddGradientOfProduct(
        int i,
        (int First, int End) rows,
        (int First, int End) units,
        float* gradient,
        int firstGate,
        int endGate,
        bool add
    )
    {
        var first = firstGate * _s.HiddenSize;
        Weights
            .Rows(first, (endGate - firstGate) * _s.HiddenSize)
            .Multiply(
                new LeftOperand(At(_s.Gates.Start, TimeOf(i), rows.First, _gateStep) + first, _gateStep, 1),
                rows.End - rows.First,
                gradient,
                _s.HiddenSize,
                units.First,
                units.End,
                add
            );
    }

    /// <summary>
    /// A block's columns of some gates: one run of each gate, or all of them at once where the block owns all units.
    /// </summary>
    private (int Count, int Length) Blocks((int First, int End) units, int gates) =>
        units.End - units.First == _s.HiddenSize ? (1, gates * _s.HiddenSize) : (gates, units.End - units.First);

    private void CopyGates(float* source, float* destination, (int First, int End) units)
    {
        var blocks = Blocks(units, _gates);
        for (var block = 0; block < blocks.Count; block++)
        {
            var first = units.First + (block * _s.HiddenSize);
            Unsafe.CopyBlockUnaligned(destination + first, source + first, (uint)(blocks.Length * sizeof(float)));
        }
    }

    private CellRow RowAt(int i, int row)
    {
        var (t, hidden) = (TimeOf(i), _s.HiddenSize);
        return new CellRow
        {
            H = hidden,
            Gates = At(_s.Gates.Start, t, row, _gateStep),
            Input = At(_input, t, row, _gateStep),
            OldH = OldH(i, row),
            NewH = At(_s.H.Start, t, row, hidden),
            OldC = i > 0 ? At(_s.C.Start, TimeOf(i - 1), row, hidden) : At(_s.InitialC.Start, 0, row, hidden),
            NewC = At(_s.C.Start, t, row, hidden),
            GatedH = At(_s.GatedH.Start, t, row, hidden),
            GradientH = At(_s.GradientH.Start, 0, row, hidden),
            GradientC = At(_s.GradientC.Start, 0, row, hidden),
        };
    }

    private float* OldH(int i, int row) =>
        i > 0 ? At(_s.H.Start, TimeOf(i - 1), row, _s.HiddenSize) : At(_s.InitialH.Start, 0, row, _s.HiddenSize);

    private int TimeOf(int i) => _s.Reversed ? _s.Steps - 1 - i : i;

    private float* At(float* values, int t, int row, int step) =>
        values == null ? null : values + ((((nint)t * _s.Batch) + row) * step);
}
