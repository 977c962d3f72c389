using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Threading;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Sums;

/// <summary>
/// Totals = [Totals +] the sum of X over what was repeated, first element first: the way back of <see cref="Repeat"/>.
/// </summary>
internal readonly unsafe struct SumRepeated : IKernel
{
    public required Operand<float> X { get; init; } // (Outer, Rows, Columns)

    public required Operand<float> Totals { get; init; } // the small shape

    public required RepeatedAxes Axes { get; init; }

    public bool Accumulate { get; init; }

    /// <inheritdoc/>
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
