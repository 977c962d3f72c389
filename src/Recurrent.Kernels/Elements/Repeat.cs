using Recurrent.Kernels.Gpu;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y (Outer, Rows, Columns) = X, of a smaller shape, repeated along axes.</summary>
internal readonly unsafe record struct Repeat(Operand<float> X, RepeatedAxes Axes, Operand<float> Y) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var y = Y.Pointer(Axes.Count);
        if (Axes.Count == 0)
        {
            return;
        }
        var x = X.Pointer(Axes.SmallCount);
        for (var outer = 0; outer < Axes.Outer; outer++)
        {
            for (var row = 0; row < Axes.Rows; row++)
            {
                for (var column = 0; column < Axes.Columns; column++)
                {
                    *y++ = x[Axes.Place(outer, row, column)];
                }
            }
        }
    }

    public void Launch(GpuQueue gpu)
    {
        Y.Check(Axes.Count);
        if (Axes.Count == 0)
        {
            return;
        }
        X.Check(Axes.SmallCount);
        var function = Elementwise.Function(
            gpu,
            new(typeof(Repeat)),
            static (w, i) =>
            {
                var (x, y, rows, columns) = (w.Pointer(), w.Pointer(), w.Int(), w.Int());
                var (outerStep, rowStep, columnStep) = (w.Int(), w.Int(), w.Int());
                var row = i / columns;
                var place = (row / rows * outerStep) + (row % rows * rowStep) + (i % columns * columnStep);
                (y + i).Store((x + place).Load());
            }
        );
        var (rows, columns) = (Axes.Rows, Axes.Columns);
        var (outerStep, rowStep, columnStep) = (Axes.OuterStep, Axes.RowStep, Axes.ColumnStep);
        gpu.Launch(
            function,
            Elementwise.Blocks(Y.Length),
            Y.Length,
            X,
            Y,
            rows,
            columns,
            outerStep,
            rowStep,
            columnStep
        );
    }
}

/// <summary>
/// Totals = [Totals +] the sum of X over what was repeated, first element first: the way back of <see cref="Repeat"/>.
/// </summary>
internal readonly unsafe record struct SumRepeated(
    Operand<float> X,
    RepeatedAxes Axes,
    Operand<float> Totals,
    bool Accumulate
) : IKernel
{
    public void Run<V>(WorkerTeam team)
        where V : unmanaged, IVector<V>
    {
        var x = X.Pointer(Axes.Count);
        if (!Accumulate)
        {
            Totals.AsSpan().Clear();
        }
        if (Axes.Count == 0)
        {
            return;
        }
        var totals = Totals.Pointer(Axes.SmallCount);
        for (var outer = 0; outer < Axes.Outer; outer++)
        {
            for (var row = 0; row < Axes.Rows; row++)
            {
                for (var column = 0; column < Axes.Columns; column++)
                {
                    totals[Axes.Place(outer, row, column)] += *x++;
                }
            }
        }
    }

    /// <remarks>A thread owns a total: its place along the axes that are not repeated.</remarks>
    public void Launch(GpuQueue gpu)
    {
        X.Check(Axes.Count);
        if (Axes.Count == 0)
        {
            if (!Accumulate)
            {
                new Fill<float>(Totals, 0f).Launch(gpu);
            }
            return;
        }
        Totals.Check(Axes.SmallCount);
        var function = Elementwise.Function(
            gpu,
            new(typeof(SumRepeated), Accumulate ? 1 : 0),
            Accumulate ? static (w, i) => Write(w, i, isAdded: true) : static (w, i) => Write(w, i, isAdded: false)
        );
        var (outer, rows, columns) = (Axes.Outer, Axes.Rows, Axes.Columns);
        var ownOuter = Axes.OuterStep == 0 ? 1 : outer;
        var ownRows = Axes.RowStep == 0 ? 1 : rows;
        var ownColumns = Axes.ColumnStep == 0 ? 1 : columns;
        var count = ownOuter * ownRows * ownColumns;
        ReadOnlySpan<GpuArgument> arguments =
        [
            count,
            X,
            Totals,
            rows,
            columns,
            ownRows,
            ownColumns,
            outer / ownOuter,
            rows / ownRows,
            columns / ownColumns,
            Axes.OuterStep,
            Axes.RowStep,
            Axes.ColumnStep,
        ];
        gpu.Launch(function, Elementwise.Blocks(count), arguments);
    }

    private static void Write(PtxWriter w, PtxInt i, bool isAdded)
    {
        var (x, totals, rows, columns) = (w.Pointer(), w.Pointer(), w.Int(), w.Int());
        var (ownRows, ownColumns) = (w.Int(), w.Int());
        var (outers, rowsOfTotal, columnsOfTotal) = (w.Int(), w.Int(), w.Int());
        var (outerStep, rowStep, columnStep) = (w.Int(), w.Int(), w.Int());
        var row = i / ownColumns;
        var (firstOuter, firstRow, firstColumn) = (row / ownRows, row % ownRows, i % ownColumns);
        var place = totals + ((firstOuter * outerStep) + (firstRow * rowStep) + (firstColumn * columnStep));
        var sum = w.Variable(isAdded ? place.Load() : 0f);
        w.For(
            0,
            outers,
            1,
            o =>
                w.For(
                    0,
                    rowsOfTotal,
                    1,
                    r =>
                        w.For(
                            0,
                            columnsOfTotal,
                            1,
                            c =>
                            {
                                var at = ((firstOuter + o) * rows) + firstRow + r;
                                w.Set(sum, sum + (x + ((at * columns) + firstColumn + c)).Load());
                            }
                        )
                )
        );
        place.Store(sum);
    }
}

/// <summary>A shape of three axes, and where a smaller one's values lie that is repeated along some of them.</summary>
/// <param name="Outer">Length of the outermost axis.</param>
/// <param name="Rows">Length of the middle axis.</param>
/// <param name="Columns">Length of the last axis.</param>
/// <param name="OuterStep">The step of the outermost axis in the small shape; 0 where one entry is repeated.</param>
/// <param name="RowStep">The step of the middle axis, likewise.</param>
/// <param name="ColumnStep">The step of the last axis, likewise.</param>
internal readonly record struct RepeatedAxes(
    int Outer,
    int Rows,
    int Columns,
    int OuterStep,
    int RowStep,
    int ColumnStep
)
{
    /// <summary>Values of the full shape.</summary>
    public long Count => (long)Outer * Rows * Columns;

    /// <summary>Values of the small shape, where no axis is empty.</summary>
    public long SmallCount => 1L + Place(Outer - 1, Rows - 1, Columns - 1);

    /// <summary>The place in the small shape of a value of the full one.</summary>
    public int Place(int outer, int row, int column) => (outer * OuterStep) + (row * RowStep) + (column * ColumnStep);
}
