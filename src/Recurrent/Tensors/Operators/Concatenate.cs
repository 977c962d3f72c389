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

    /// <summary>The number of entries of the axes outside of the joined one.</summary>
    public override int Rows => Result.Shape.Around(_axis).Outer;

    /// <summary>Applies the operator.</summary>
    public Tensor Apply(ReadOnlySpan<Tensor> parts, int axis, Shape shape)
    {
        _axis = axis;
        _parts.Clear();
        _parts.AddRange(parts);
        return Apply(Tensor.Uninitialized(parts[0].Device, shape), parts);
    }

    public override void Forward(int start, int count)
    {
        var (place, step) = (0, WidthOf(Result));
        foreach (var part in _parts)
        {
            var width = WidthOf(part);
            Device.Run(
                new CopyRows(
                    part.Values.Slice(start * width, count * width),
                    width,
                    Result.Values.Slice((start * step) + place, (count * step) - place),
                    step,
                    count,
                    width
                )
            );
            place += width;
        }
    }

    public override void Backward(int start, int count)
    {
        var (place, step) = (0, WidthOf(Result));
        for (var i = 0; i < _parts.Count; i++)
        {
            var width = WidthOf(_parts[i]);
            if (_gradients[i].IsWanted)
            {
                Device.Run(
                    new CopyRows(
                        DY.Slice((start * step) + place, (count * step) - place),
                        step,
                        _gradients[i].Slice(start * width, count * width),
                        width,
                        count,
                        width
                    )
                );
                _gradients[i].Add(start * width, count * width);
            }
            place += width;
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

    /// <summary>The number of values of a row.</summary>
    private int WidthOf(Tensor part) => part.Shape[_axis] * part.Shape.Around(_axis).Inner;
}
