using Recurrent.Kernels;
using Recurrent.Kernels.Elements;

namespace Recurrent.Tensors;

public sealed partial class Tensor
{
    /// <summary>Joins tensors along an axis; on the others they must agree.</summary>
    /// <param name="parts">One tensor or more.</param>
    /// <param name="axis">The axis; −1 is the last.</param>
    /// <exception cref="ArgumentException">There are no parts, or their shapes do not fit.</exception>
    public static Tensor Concatenate(IReadOnlyList<Tensor> parts, int axis = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return Concatenate(axis, [.. parts]);
    }

    /// <summary>Joins tensors along an axis; on the others they must agree.</summary>
    internal static Tensor Concatenate(int axis, params ReadOnlySpan<Tensor> parts)
    {
        if (parts.IsEmpty)
        {
            throw new ArgumentException("There is nothing to concatenate; give one tensor or more.", nameof(parts));
        }
        axis = parts[0].Shape.Axis(axis);
        var length = 0;
        foreach (var part in parts)
        {
            if (part.Shape.Rank != parts[0].Shape.Rank || part.Shape.With(axis, 0) != parts[0].Shape.With(axis, 0))
            {
                throw new ArgumentException(
                    $"Shapes {parts[0].Shape} and {part.Shape} differ on more than axis {axis}.",
                    nameof(parts)
                );
            }
            length += part.Shape[axis];
        }
        return TensorPool.Rent<ConcatenateOperator>().Apply(parts, axis, parts[0].Shape.With(axis, length));
    }
}

/// <summary>The operator of <see cref="Tensor.Concatenate(IReadOnlyList{Tensor}, int)"/>.</summary>
internal sealed class ConcatenateOperator : Operator
{
    private readonly List<Tensor> _parts = []; // (rows, part's width) each
    private readonly List<GradientSlot> _gradients = [];
    private int _axis;
    private bool _isStack; // of steps with the same rows

    public override RowLayout Layout =>
        _isStack ? _parts[0].Shape.RowLayout with { Groups = Result.Count / _parts[0].Shape.RowLayout.Step }
        : _axis == Result.Shape.Rank - 1 ? Result.Shape.RowLayout
        : new(1, Result.Shape.Around(_axis).Outer, WidthOf(Result));

    public override bool IsRowwise => _isStack || _axis == Result.Shape.Rank - 1;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(ReadOnlySpan<Tensor> parts, int axis, Shape shape)
    {
        _axis = axis;
        _parts.Clear();
        _parts.AddRange(parts);
        _isStack = axis == 0 && shape.Rank > 1 && shape.Count > 0;
        foreach (var part in parts)
        {
            _isStack &= part.Shape.RowLayout.Rows == parts[0].Shape.RowLayout.Rows;
        }
        return Apply(Tensor.Uninitialized(parts[0].Device, shape), parts);
    }

    public override void Forward(int start, int count)
    {
        var place = 0;
        foreach (var part in _parts)
        {
            Move(part.Values, LayoutOf(part), Result.Values, place, start, count, isBack: false);
            place += WidthOf(part);
        }
    }

    public override void Backward(int start, int count)
    {
        var place = 0;
        for (var i = 0; i < _parts.Count; i++)
        {
            if (_gradients[i].IsWanted)
            {
                Move(_gradients[i].Values, LayoutOf(_parts[i]), DY.Values, place, start, count, isBack: true);
                foreach (var (first, length) in LayoutOf(_parts[i]).Of(start, count))
                {
                    _gradients[i].Add(first, length);
                }
            }
            place += WidthOf(_parts[i]);
        }
    }

    protected override void BeginBackward()
    {
        _gradients.Clear();
        foreach (var part in _parts)
        {
            _gradients.Add(GradientSlot.Written(part));
        }
    }

    protected override void EndBackward()
    {
        foreach (var gradient in _gradients)
        {
            gradient.Close();
        }
    }

    /// <summary>How a part falls into the rows of the result.</summary>
    private RowLayout LayoutOf(Tensor part) =>
        Layout with
        {
            Groups = part.Count / Math.Max(1, Rows * RowWidthOf(part)),
            Width = RowWidthOf(part),
        };

    private int RowWidthOf(Tensor part) => _isStack ? Layout.Width : WidthOf(part);

    /// <summary>The number of values from one of the outer entries to the next.</summary>
    private int WidthOf(Tensor part) => part.Shape[_axis] * part.Shape.Around(_axis).Inner;

    /// <summary>Copies rows of a part to their place in the whole, or back.</summary>
    private void Move(
        Operand<float> part,
        RowLayout layout,
        Operand<float> whole,
        int place,
        int start,
        int count,
        bool isBack
    )
    {
        foreach (var (first, length) in layout.Of(start, count))
        {
            // Rows of steps stay together; else each row of the part becomes a piece of a longer one.
            var (rows, width, step) = _isStack
                ? (1, length, length)
                : (length / layout.Width, layout.Width, Layout.Width);
            var there = place + (_isStack ? first : first / layout.Width * step);
            var (here, beyond) = (part.Slice(first, length), whole.Slice(there, ((rows - 1) * step) + width));
            Device.Run(
                isBack
                    ? new CopyRows(beyond, step, here, width, rows, width)
                    : new CopyRows(here, width, beyond, step, rows, width)
            );
        }
    }
}
