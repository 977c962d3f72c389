using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Cells;

/// <summary>A cell's equations for all rows of a step and a range of hidden units.</summary>
internal static unsafe class CellRows<V, TEquations>
    where V : unmanaged, IVector<V>
    where TEquations : struct, ICellEquations
{
    /// <summary>The cell forward.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="gateStep">Values from one row of gates to the next.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="units">The hidden units.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Forward(CellRow row, int gateStep, int rows, (int First, int End) units)
    {
        for (; rows > 0; rows--)
        {
            var unit = units.First;
            for (; unit <= units.End - V.Width; unit += V.Width)
            {
                TEquations.Forward<V, WholeLane<V>>(row, new WholeLane<V>(unit));
            }
            if (unit < units.End)
            {
                ForwardTail(row, new PartLane<V>(unit, units.End - unit));
            }
            row.MoveDown(gateStep);
        }
    }

    /// <summary>The cell on the way back, after the output's gradient has been added to that of h.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="gateStep">Values from one row of gates to the next.</param>
    /// <param name="outputGradient">The output's gradient of the first row; rows H apart.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="units">The hidden units.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Backward(CellRow row, int gateStep, float* outputGradient, int rows, (int First, int End) units)
    {
        for (; rows > 0; rows--)
        {
            var unit = units.First;
            for (; unit <= units.End - V.Width; unit += V.Width)
            {
                var lane = new WholeLane<V>(unit);
                lane.Store(lane.Load(row.GradientH) + lane.Load(outputGradient), row.GradientH);
                TEquations.Backward<V, WholeLane<V>>(row, lane);
            }
            if (unit < units.End)
            {
                BackwardTail(row, outputGradient, new PartLane<V>(unit, units.End - unit));
            }
            row.MoveDown(gateStep);
            outputGradient += row.H;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ForwardTail(in CellRow row, PartLane<V> lane) => TEquations.Forward<V, PartLane<V>>(row, lane);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BackwardTail(in CellRow row, float* outputGradient, PartLane<V> lane)
    {
        lane.Store(lane.Load(row.GradientH) + lane.Load(outputGradient), row.GradientH);
        TEquations.Backward<V, PartLane<V>>(row, lane);
    }
}
