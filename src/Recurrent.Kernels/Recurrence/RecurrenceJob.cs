using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Recurrent.Kernels.Matrices;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>
/// A whole sequence of one layer, forward or back. A chunk owns rows of the batch through all steps, so threads meet only
/// at the end.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct RecurrenceJob<V, TCell>(RecurrenceArguments arguments, bool backward, int rowsInChunk)
    : IJob
    where V : unmanaged, IVector<V>
    where TCell : struct, ICell
{
    private RecurrenceArguments _a = arguments;

    private readonly int GateStep => TCell.Gates * _a.HiddenSize;

    /// <inheritdoc/>
    public void Run(int index)
    {
        var firstRow = index * rowsInChunk;
        var rows = Math.Min(rowsInChunk, _a.Batch - firstRow);
        for (var i = 0; i < _a.Steps; i++)
        {
            if (backward)
            {
                StepBack(_a.Steps - 1 - i, firstRow, rows);
            }
            else
            {
                StepForward(i, firstRow, rows);
            }
        }
    }

    /// <summary>Step <paramref name="i"/> in the order of reading: pre-activations += h′·Wᵀ, then the cell.</summary>
    private readonly void StepForward(int i, int firstRow, int rows)
    {
        var gates = At(_a.Gates, TimeOf(i), firstRow, GateStep);
        if (_a.Tokens != null)
        {
            ReadTokens(TimeOf(i), firstRow, rows);
        }
        for (var row = 0; TCell.SplitsInput && row < rows; row++)
        {
            CopyGates(_a.Bias, gates + (row * GateStep));
        }
        Product(OldH(i, firstRow), _a.HiddenSize, gates, GateStep, rows);
        for (var row = 0; row < rows; row++)
        {
            RunCell(RowAt(i, firstRow + row));
        }
    }

    /// <summary>The input's part of the pre-activations: a row of the table for each token.</summary>
    private readonly void ReadTokens(int t, int firstRow, int rows)
    {
        var tokens = _a.Tokens + ((nint)t * _a.Batch) + firstRow;
        var input = At(_a.Input, t, firstRow, GateStep);
        for (var row = 0; row < rows; row++)
        {
            CopyGates(_a.TokenTable + ((nint)tokens[row] * GateStep), input + (row * GateStep));
        }
    }

    private readonly void CopyGates(float* source, float* destination) =>
        Unsafe.CopyBlockUnaligned(destination, source, (uint)(GateStep * sizeof(float)));

    /// <summary>The same step on the way back: the cell, then dh′ += da·W.</summary>
    private readonly void StepBack(int i, int firstRow, int rows)
    {
        var outputGradient = At(_a.OutputGradient, TimeOf(i), firstRow, _a.HiddenSize);
        var gradientH = _a.GradientH + ((nint)firstRow * _a.HiddenSize);
        for (var j = 0; j < rows * _a.HiddenSize; j += V.Width)
        {
            var lane = new Lane<V>(j, Math.Min(V.Width, (rows * _a.HiddenSize) - j));
            lane.Store(lane.Load(gradientH) + lane.Load(outputGradient), gradientH);
        }
        for (var row = 0; row < rows; row++)
        {
            RunCell(RowAt(i, firstRow + row));
        }
        Product(At(_a.Gates, TimeOf(i), firstRow, GateStep), GateStep, gradientH, _a.HiddenSize, rows);
    }

    /// <summary>c(rows, n) += a(rows, k)·W.</summary>
    private readonly void Product(float* a, int k, float* c, int n, int rows)
    {
        var product = new ProductJob<V>
        {
            A = a,
            RowStep = k,
            Step = 1,
            B = _a.Weights,
            C = c,
            Ldc = n,
            M = rows,
            N = n,
            K = k,
            Add = true,
        };
        product.Cut(threads: 1);
        product.Run(0);
    }

    private readonly void RunCell(in CellRow row)
    {
        for (var j = 0; j < _a.HiddenSize; j += V.Width)
        {
            var lane = new Lane<V>(j, Math.Min(V.Width, _a.HiddenSize - j));
            if (backward)
            {
                TCell.Backward(row, lane);
            }
            else
            {
                TCell.Forward(row, lane);
            }
        }
    }

    private readonly CellRow RowAt(int i, int row)
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

    private readonly float* OldH(int i, int row) =>
        i > 0 ? At(_a.H, TimeOf(i - 1), row, _a.HiddenSize) : At(_a.InitialH, 0, row, _a.HiddenSize);

    private readonly int TimeOf(int i) => _a.Reversed ? _a.Steps - 1 - i : i;

    private readonly float* At(float* values, int t, int row, int step) =>
        values == null ? null : values + ((((nint)t * _a.Batch) + row) * step);
}
