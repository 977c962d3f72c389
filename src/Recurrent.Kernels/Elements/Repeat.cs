using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>Y = X, repeated along axes.</summary>
internal readonly unsafe struct Repeat : IKernel
{
    public required Operand<float> X { get; init; } // the small shape

    public required Operand<float> Y { get; init; } // (Outer, Rows, Columns)

    public required RepeatedAxes Axes { get; init; }

    /// <inheritdoc/>
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

/// <summary>A shape of three axes, and where a smaller one's values lie that is repeated along some of them.</summary>
internal readonly record struct RepeatedAxes
{
    public required int Outer { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public required int OuterStep { get; init; } // in the small shape; 0 where one entry is repeated

    public required int RowStep { get; init; }

    public required int ColumnStep { get; init; }

    /// <summary>Values of the full shape.</summary>
    public long Count => (long)Outer * Rows * Columns;

    /// <summary>Values of the small shape, where no axis is empty.</summary>
    public long SmallCount => 1L + Place(Outer - 1, Rows - 1, Columns - 1);

    /// <summary>The place in the small shape of a value of the full one.</summary>
    public int Place(int outer, int row, int column) => (outer * OuterStep) + (row * RowStep) + (column * ColumnStep);
}
