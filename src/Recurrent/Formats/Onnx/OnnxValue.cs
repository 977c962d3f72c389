using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// What is known of a value of a graph without running it: enough to say which weights the graph multiplies by what.
/// The operators that only move values around are methods here.
/// </summary>
internal abstract class OnnxValue
{
    /// <summary>The length of each axis.</summary>
    public abstract Size[] Sizes { get; }

    /// <summary>Puts the axes into another order.</summary>
    /// <param name="order">The axis that comes to each place; null for the opposite order.</param>
    public abstract OnnxValue Transpose(long[]? order);

    /// <summary>Cuts the same values, row by row, into other axes.</summary>
    /// <param name="shape">The lengths; −1 for what is left, 0 for the length that the axis has.</param>
    public abstract OnnxValue Reshape(Size[] shape);

    /// <summary>Removes axes of length 1.</summary>
    /// <param name="axes">The axes; null for all of length 1.</param>
    public abstract OnnxValue Squeeze(long[]? axes);

    /// <summary>Inserts axes of length 1.</summary>
    /// <param name="axes">Their places in the result.</param>
    public abstract OnnxValue Unsqueeze(long[] axes);

    /// <summary>Takes a range of an axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="start">The first place, counted from the end if negative.</param>
    /// <param name="end">The place behind the last, counted from the end if negative.</param>
    /// <param name="step">1, or another distance from place to place.</param>
    public abstract OnnxValue Slice(long axis, long start, long end, long step);

    /// <summary>Takes places of an axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="places">The places; their axes take the place of the axis.</param>
    public abstract OnnxValue Gather(long axis, Constant<Size> places);

    /// <summary>An axis, counted from the end if negative.</summary>
    /// <exception cref="FormatError">There is no such axis.</exception>
    protected static int AxisOf(long axis, int rank) =>
        axis >= -rank && axis < rank
            ? (int)(axis < 0 ? axis + rank : axis)
            : throw new FormatError($"a value of {rank} axes has no axis {axis}");

    /// <summary>The axes in their new order.</summary>
    /// <exception cref="FormatError">That is no order of the axes.</exception>
    protected static int[] OrderOf(long[]? order, int rank)
    {
        int[] axes = [.. Enumerable.Range(0, rank)];
        if (order is null)
        {
            return [.. axes.Reverse()];
        }
        return order.Length == rank && !axes.Except(order.Select(axis => (int)axis)).Any()
            ? [.. order.Select(axis => (int)axis)]
            : throw new FormatError($"({string.Join(", ", order.Take(8))}) is not an order of {rank} axes");
    }

    /// <summary>Inserts an entry at each place of a new axis.</summary>
    /// <exception cref="FormatError">There is no such place.</exception>
    protected static T[] Insert<T>(IReadOnlyList<T> axes, long[] places, T entry)
    {
        var all = axes.Count + places.Length;
        List<T> more = [.. axes];
        foreach (var place in places.Select(place => AxisOf(place, all)).Distinct().Order())
        {
            more.Insert(Math.Min(place, more.Count), entry);
        }
        return more.Count == all ? [.. more] : throw new FormatError("an axis is inserted twice in one place");
    }

    /// <exception cref="FormatError">A value has more axes than any model needs.</exception>
    protected static T[] RequireRank<T>(T[] axes)
    {
        const int Most = 16;
        return axes.Length <= Most ? axes : throw new FormatError($"a value has {axes.Length} axes, more than {Most}");
    }
}

/// <summary>Something that cannot be read; it matters only if the output depends on it.</summary>
internal sealed class Refused(FormatError reason) : OnnxValue
{
    /// <summary>The reason.</summary>
    public FormatError Reason { get; } = reason;

    public override Size[] Sizes => throw Reason;

    public override OnnxValue Transpose(long[]? order) => this;

    public override OnnxValue Reshape(Size[] shape) => this;

    public override OnnxValue Squeeze(long[]? axes) => this;

    public override OnnxValue Unsqueeze(long[] axes) => this;

    public override OnnxValue Slice(long axis, long start, long end, long step) => this;

    public override OnnxValue Gather(long axis, Constant<Size> places) => this;
}

/// <summary>A state before the first step: zeros of any shape, or parts of what the caller hands in.</summary>
internal sealed class StartState : OnnxValue
{
    public override Size[] Sizes => throw new FormatError("the shape of a state is used");

    public override OnnxValue Transpose(long[]? order) => this;

    public override OnnxValue Reshape(Size[] shape) => this;

    public override OnnxValue Squeeze(long[]? axes) => this;

    public override OnnxValue Unsqueeze(long[] axes) => this;

    public override OnnxValue Slice(long axis, long start, long end, long step) => this;

    public override OnnxValue Gather(long axis, Constant<Size> places) => this;
}
