namespace Recurrent.Tensors;

// Operators that move values without changing them.
public sealed partial class Tensor
{
    /// <summary>Entry <paramref name="index"/> of the outermost axis, which is dropped: step t of (steps, batch, n).</summary>
    /// <param name="index">0 ≤ index &lt; length of axis 0.</param>
    /// <returns>A view that shares the memory; a tensor of one axis gives shape (1).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Tensor this[int index]
    {
        get
        {
            var part = Slice(index, 1);
            return Shape.Rank switch
            {
                1 => part,
                2 => part.Reshape(Shape[1]),
                _ => part.Reshape(Shape[1], Shape[2]),
            };
        }
    }

    /// <summary>Entries [start, start + length) of the outermost axis.</summary>
    /// <param name="start">First entry.</param>
    /// <param name="length">Number of entries.</param>
    /// <returns>A view that shares the memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the axis.</exception>
    public Tensor Slice(int start, int length)
    {
        if (start < 0 || length < 0 || start > Shape[0] - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                start,
                $"Entries {start} to {start + length} are not within axis 0 of shape {Shape}."
            );
        }
        var inner = Shape.Around(0).Inner;
        var offset = start * inner;
        var y = Record(View(_storage, _offset + offset, Shape.With(0, length)), this);
        return y.WithDerivative(
            static (y, dy) =>
            {
                var x = y._operands[0];
                var target = x.GradientTarget(out var add);
                if (!add)
                {
                    target.Clear();
                }
                var part = target.Slice(y._offset - x._offset, y.Count);
                Tier.Add(Team, part, dy.Values, part);
            }
        );
    }

    /// <summary>The same values in another shape; shares the memory.</summary>
    /// <param name="shape">Length of each axis; one may be −1 and is worked out from the others.</param>
    /// <exception cref="ArgumentException">The shape does not have as many elements.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        Span<int> lengths = stackalloc int[shape.Length];
        shape.CopyTo(lengths);
        var open = lengths.IndexOf(-1);
        if (open >= 0)
        {
            lengths[open] = 1;
            var rest = new Shape(lengths).Count;
            lengths[open] = rest == 0 ? 0 : Count / rest;
        }
        var target = new Shape(lengths);
        if (target.Count != Count)
        {
            throw new ArgumentException(
                $"Shape {Shape} has {Count} elements and {target} has {target.Count}.",
                nameof(shape)
            );
        }
        return Record(View(_storage, _offset, target), this)
            .WithDerivative(static (y, dy) => y._operands[0].AddGradient(dy));
    }

    /// <summary>Joins tensors along an axis; on the others they must agree.</summary>
    /// <param name="parts">One tensor or more.</param>
    /// <param name="axis">The axis; −1 is the last.</param>
    /// <exception cref="ArgumentException">There are no parts, or their shapes do not fit.</exception>
    public static Tensor Concatenate(IReadOnlyList<Tensor> parts, int axis = 0)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
        {
            throw new ArgumentException(
                "There is nothing to concatenate; give one tensor or more.",
                nameof(parts)
            );
        }
        axis = parts[0].Shape.Axis(axis);
        var length = 0;
        foreach (var part in parts)
        {
            if (
                part.Shape.Rank != parts[0].Shape.Rank
                || part.Shape.With(axis, 0) != parts[0].Shape.With(axis, 0)
            )
            {
                throw new ArgumentException(
                    $"Shapes {parts[0].Shape} and {part.Shape} differ on more than axis {axis}.",
                    nameof(parts)
                );
            }
            length += part.Shape[axis];
        }
        var operands = parts.ToArray();
        var y = Result(operands[0].Shape.With(axis, length), operands);
        var (outer, inner) = y.Shape.Around(axis);
        var start = 0;
        foreach (var part in operands)
        {
            var width = part.Shape[axis] * inner;
            CopyRows(part.Values, width, 0, y.WritableSpan, length * inner, start, outer, width);
            start += width;
        }
        return y.WithDerivative(
            (_, dy) =>
            {
                var from = 0;
                foreach (var part in operands)
                {
                    var width = part.Shape[axis] * inner;
                    if (part.RequiresGradient)
                    {
                        var gradient = TensorPool.Rent(part.Count);
                        CopyRows(dy.Values, length * inner, from, gradient.Values, width, 0, outer, width);
                        part.AddGradient(gradient);
                        gradient.Release();
                    }
                    from += width;
                }
            }
        );
    }

    /// <summary>One-hot vectors: 1 at the index, 0 elsewhere. Not differentiable.</summary>
    /// <param name="indices">Indices, row-major, 0 ≤ index &lt; classes.</param>
    /// <param name="classes">Length of the new last axis.</param>
    /// <param name="shape">Shape of the indices, one or two axes; empty for one axis.</param>
    /// <returns>(…, classes).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    /// <exception cref="ArgumentException">The shape does not have as many elements as there are indices.</exception>
    public static Tensor OneHot(ReadOnlySpan<int> indices, int classes, params ReadOnlySpan<int> shape)
    {
        var full = new Shape([.. shape.IsEmpty ? [indices.Length] : shape, classes]);
        if (full.Count != (long)indices.Length * classes)
        {
            throw new ArgumentException(
                $"{indices.Length} indices of {classes} classes do not make the shape {full}.",
                nameof(shape)
            );
        }
        var oneHot = Uninitialized(full);
        var values = oneHot.WritableSpan;
        values.Clear();
        for (var i = 0; i < indices.Length; i++)
        {
            if ((uint)indices[i] >= (uint)classes)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(indices),
                    indices[i],
                    $"Index {i} must be 0 to {classes - 1}."
                );
            }
            values[(i * classes) + indices[i]] = 1f;
        }
        return oneHot;
    }

    private static void CopyRows(
        ReadOnlySpan<float> source,
        int sourceStep,
        int sourceStart,
        Span<float> target,
        int targetStep,
        int targetStart,
        int rows,
        int width
    )
    {
        for (var row = 0; row < rows; row++)
        {
            source
                .Slice(sourceStart + (row * sourceStep), width)
                .CopyTo(target.Slice(targetStart + (row * targetStep), width));
        }
    }
}
