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

    /// <summary>The gating of the old h, where the cell does that, forward or back.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="gateStep">Values from one row of gates to the next.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="units">The hidden units.</param>
    /// <param name="backward">Which way.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Gate(CellRow row, int gateStep, int rows, (int First, int End) units, bool backward)
    {
        for (; rows > 0; rows--)
        {
            var unit = units.First;
            for (; unit <= units.End - V.Width; unit += V.Width)
            {
                Gate(row, new WholeLane<V>(unit), backward);
            }
            if (unit < units.End)
            {
                GateTail(row, new PartLane<V>(unit, units.End - unit), backward);
            }
            row.MoveDown(gateStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gate<TLane>(in CellRow row, TLane lane, bool backward)
        where TLane : struct, ILane<V>
    {
        if (backward)
        {
            TEquations.GateBackward<V, TLane>(row, lane);
        }
        else
        {
            TEquations.GateForward<V, TLane>(row, lane);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GateTail(in CellRow row, PartLane<V> lane, bool backward) => Gate(row, lane, backward);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ForwardTail(in CellRow row, PartLane<V> lane) => TEquations.Forward<V, PartLane<V>>(row, lane);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BackwardTail(in CellRow row, float* outputGradient, PartLane<V> lane)
    {
        lane.Store(lane.Load(row.GradientH) + lane.Load(outputGradient), row.GradientH);
        TEquations.Backward<V, PartLane<V>>(row, lane);
    }
}
