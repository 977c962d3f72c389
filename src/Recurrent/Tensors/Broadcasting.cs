namespace Recurrent.Tensors;

/// <summary>NumPy's rule: shapes are aligned at the last axis, and an axis of length 1 is repeated.</summary>
internal static class Broadcasting
{
    /// <summary>The shape that both operands repeat to.</summary>
    public static Shape Shape(Shape left, Shape right)
    {
        if (left == right)
        {
            return left;
        }
        Span<int> lengths = stackalloc int[Math.Max(left.Rank, right.Rank)];
        for (var i = 1; i <= lengths.Length; i++)
        {
            var (l, r) = (Length(left, i), Length(right, i));
            if (l != r && l != 1 && r != 1)
            {
                throw new ArgumentException(
                    $"Shapes {left} and {right} cannot be broadcast together: "
                        + $"from the last axis, lengths must be equal or 1, and {l} meets {r}.",
                    nameof(right)
                );
            }
            lengths[^i] = l == 1 ? r : l;
        }
        return new Shape(lengths);
    }

    /// <summary>Whether one row is repeated over all the outer axes.</summary>
    public static bool IsRow(Shape small, Shape full)
    {
        var isOuter = false;
        for (var i = 1; i <= full.Rank; i++)
        {
            isOuter |= Length(small, i) != Length(full, i);
            if (isOuter && Length(small, i) != 1)
            {
                return false;
            }
        }
        return small.Count > 0;
    }

    /// <summary>The operand's values where they are one repeated row, else repeated to the full shape.</summary>
    public static ReadOnlySpan<float> RowOrExpand(Tensor operand, Shape full) =>
        IsRow(operand.Shape, full) ? operand.Values : Expand(operand, full);

    /// <summary>The operand's values repeated to the full shape.</summary>
    public static ReadOnlySpan<float> Expand(Tensor operand, Shape full)
    {
        if (operand.Shape == full)
        {
            return operand.Values;
        }
        var expanded = TensorPool.Rent(full.Count).Values;
        var small = operand.Values;
        var i = 0;
        foreach (var index in Indices(operand.Shape, full))
        {
            expanded[i++] = small[index];
        }
        return expanded;
    }

    /// <summary>small = [small +] the sum of the full values over what was repeated, first element first.</summary>
    public static void Reduce(ReadOnlySpan<float> values, Shape full, Span<float> sums, Shape small, bool add)
    {
        if (!add)
        {
            sums.Clear();
        }
        var i = 0;
        foreach (var index in Indices(small, full))
        {
            sums[index] += values[i++];
        }
    }

    /// <summary>For each element of the full shape in order, where it lies in the small one.</summary>
    private static IEnumerable<int> Indices(Shape small, Shape full)
    {
        var (rows, columns) = (Length(small, 2), Length(small, 1));
        var outerStep = Length(small, 3) == 1 ? 0 : rows * columns;
        var rowStep = rows == 1 ? 0 : columns;
        var step = columns == 1 ? 0 : 1;
        for (var outer = 0; outer < Length(full, 3); outer++)
        {
            for (var row = 0; row < Length(full, 2); row++)
            {
                for (var column = 0; column < Length(full, 1); column++)
                {
                    yield return (outer * outerStep) + (row * rowStep) + (column * step);
                }
            }
        }
    }

    /// <summary>Length of the axis that is <paramref name="fromEnd"/> (from 1) from the end; 1 beyond the first.</summary>
    private static int Length(Shape shape, int fromEnd) => fromEnd > shape.Rank ? 1 : shape[-fromEnd];
}
