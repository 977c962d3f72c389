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

    /// <summary>
    /// Length of the axis that is <paramref name="fromEnd"/> (from 1) from the end; 1 beyond the first.
    /// </summary>
    public static int Length(Shape shape, int fromEnd) => fromEnd > shape.Rank ? 1 : shape[-fromEnd];

    /// <summary>
    /// The distance in the small shape's memory between neighbours of an axis; 0 where one entry is repeated.
    /// </summary>
    public static int Step(Shape small, int fromEnd) =>
        Length(small, fromEnd) == 1
            ? 0
            : fromEnd switch
            {
                1 => 1,
                2 => Length(small, 1),
                _ => Length(small, 1) * Length(small, 2),
            };
}
