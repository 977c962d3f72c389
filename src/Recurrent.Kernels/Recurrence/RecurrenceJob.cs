using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Matrices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>
/// A whole sequence of one layer, forward or back, cut for threads in one of two ways. As an <see cref="IJob"/> a chunk
/// owns rows of the batch through all steps, so that threads meet only at the end. As an <see cref="IStepJob"/> a block owns hidden
/// units, all their gates and all rows, and threads meet after each step; so a batch of one row, too, has work for all.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct RecurrenceJob<V, TCell>(
    RecurrenceArguments arguments,
    bool backward,
    RecurrenceCut cut
) : IJob, IStepJob
    where V : unmanaged, IVector<V>
    where TCell : struct, ICell
{
    private readonly RecurrenceArguments _a = arguments;

    /// <summary>Phases of an <see cref="IStepJob"/>: on the way back, the first step's product comes after its cell.</summary>
    public int Phases => backward ? _a.Steps + 1 : _a.Steps;

    private int GateStep => TCell.Gates * _a.HiddenSize;

    private PackedMatrix<V> Weights => new(_a.Weights, backward ? GateStep : _a.HiddenSize);

    /// <summary>All steps of one block of rows.</summary>
    public void Run(int index)
    {
        var rows = cut[index];
        for (var phase = 0; phase < Phases; phase++)
        {
            Run(phase, rows, (0, _a.HiddenSize));
        }
    }

    /// <summary>One step of one block of hidden units.</summary>
    public void Run(int step, int block) => Run(step, (0, _a.Batch), cut[block]);

    private void Run(int phase, (int First, int End) rows, (int First, int End) units)
    {
        if (!backward)
        {
            StepForward(phase, rows, units);
            return;
        }
        var i = _a.Steps - 1 - phase;
        if (phase > 0)
        {
            AddGradientOfProduct(i + 1, rows, units);
        }
        if (i >= 0)
        {
            StepBack(i, rows, units);
        }
    }

    /// <summary>Step <paramref name="i"/> in the order of reading: pre-activations += h′·Wᵀ, then the cell.</summary>
    private void StepForward(int i, (int First, int End) rows, (int First, int End) units)
    {
        var t = TimeOf(i);
        var gates = At(_a.Gates, t, rows.First, GateStep);
        if (_a.Tokens != null)
        {
            var tokens = _a.Tokens + ((nint)t * _a.Batch);
            for (var row = rows.First; row < rows.End; row++)
            {
                var entry = _a.TokenTable + ((nint)tokens[row] * GateStep);
                CopyGates(entry, At(_a.Input, t, row, GateStep), units);
            }
        }
        for (var row = rows.First; TCell.SplitsInput && row < rows.End; row++)
        {
            CopyGates(_a.Bias, At(_a.Gates, t, row, GateStep), units);
        }
        var blocks = Blocks(units);
        for (var block = 0; block < blocks.Count; block++)
        {
            var first = units.First + (block * _a.HiddenSize);
            Weights.AddProduct(
                OldH(i, rows.First),
                rows.End - rows.First,
                gates,
                GateStep,
                first,
                first + blocks.Length
            );
        }
        RecurrenceCells<V, TCell>.Forward(RowAt(i, rows.First), rows.End - rows.First, units);
    }

    /// <summary>The cell of step <paramref name="i"/> on the way back, with the output's gradient.</summary>
    private void StepBack(int i, (int First, int End) rows, (int First, int End) units) =>
        RecurrenceCells<V, TCell>.Backward(
            RowAt(i, rows.First),
            At(_a.OutputGradient, TimeOf(i), rows.First, _a.HiddenSize),
            rows.End - rows.First,
            units
        );

    /// <summary>dh before step <paramref name="i"/> += da·W.</summary>
    private void AddGradientOfProduct(int i, (int First, int End) rows, (int First, int End) units) =>
        Weights.AddProduct(
            At(_a.Gates, TimeOf(i), rows.First, GateStep),
            rows.End - rows.First,
            At(_a.GradientH, 0, rows.First, _a.HiddenSize),
            _a.HiddenSize,
            units.First,
            units.End
        );

    /// <summary>A block's columns of the gates: one run of each gate, or all gates at once where the block owns all units.</summary>
    private (int Count, int Length) Blocks((int First, int End) units) =>
        units.End - units.First == _a.HiddenSize ? (1, GateStep) : (TCell.Gates, units.End - units.First);

    private void CopyGates(float* source, float* destination, (int First, int End) units)
    {
        var blocks = Blocks(units);
        for (var block = 0; block < blocks.Count; block++)
        {
            var first = units.First + (block * _a.HiddenSize);
            Unsafe.CopyBlockUnaligned(
                destination + first,
                source + first,
                (uint)(blocks.Length * sizeof(float))
            );
        }
    }

    private CellRow RowAt(int i, int row)
    {
        var t = TimeOf(i);
        return new CellRow
        {
            H = _a.HiddenSize,
            Gates = At(_a.Gates, t, row, GateStep),
            Input = At(_a.Input, t, row, GateStep),
            OldH = OldH(i, row),
            NewH = At(_a.H, t, row, _a.HiddenSize),
            OldC =
                i > 0 ? At(_a.C, TimeOf(i - 1), row, _a.HiddenSize) : At(_a.InitialC, 0, row, _a.HiddenSize),
            NewC = At(_a.C, t, row, _a.HiddenSize),
            GradientH = At(_a.GradientH, 0, row, _a.HiddenSize),
            GradientC = At(_a.GradientC, 0, row, _a.HiddenSize),
        };
    }

    private float* OldH(int i, int row) =>
        i > 0 ? At(_a.H, TimeOf(i - 1), row, _a.HiddenSize) : At(_a.InitialH, 0, row, _a.HiddenSize);

    private int TimeOf(int i) => _a.Reversed ? _a.Steps - 1 - i : i;

    private float* At(float* values, int t, int row, int step) =>
        values == null ? null : values + ((((nint)t * _a.Batch) + row) * step);
}
