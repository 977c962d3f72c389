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
