using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Recurrence;

/// <summary>A cell's equations for all rows of a step and a range of hidden units.</summary>
internal static unsafe class RecurrenceCells<V, TCell>
    where V : unmanaged, IVector<V>
    where TCell : struct, ICell
{
    /// <summary>The cell forward.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="units">The hidden units.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward(CellRow row, int rows, (int First, int End) units)
    {
        for (; rows > 0; rows--)
        {
            var unit = units.First;
            for (; unit <= units.End - V.Width; unit += V.Width)
            {
                TCell.Forward<V, WholeLane<V>>(row, new WholeLane<V>(unit));
            }
            if (unit < units.End)
            {
                ForwardTail(row, new PartLane<V>(unit, units.End - unit));
            }
            row.MoveDown(TCell.Gates);
        }
    }

    /// <summary>The cell on the way back, after the output's gradient has been added to that of h.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="outputGradient">The output's gradient of the first row; rows H apart.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="units">The hidden units.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward(CellRow row, float* outputGradient, int rows, (int First, int End) units)
    {
        for (; rows > 0; rows--)
        {
            var unit = units.First;
            for (; unit <= units.End - V.Width; unit += V.Width)
            {
                var lane = new WholeLane<V>(unit);
                lane.Store(lane.Load(row.GradientH) + lane.Load(outputGradient), row.GradientH);
                TCell.Backward<V, WholeLane<V>>(row, lane);
            }
            if (unit < units.End)
            {
                BackwardTail(row, outputGradient, new PartLane<V>(unit, units.End - unit));
            }
            row.MoveDown(TCell.Gates);
            outputGradient += row.H;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ForwardTail(in CellRow row, PartLane<V> lane) =>
        TCell.Forward<V, PartLane<V>>(row, lane);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BackwardTail(in CellRow row, float* outputGradient, PartLane<V> lane)
    {
        lane.Store(lane.Load(row.GradientH) + lane.Load(outputGradient), row.GradientH);
        TCell.Backward<V, PartLane<V>>(row, lane);
    }
}
