using Recurrent.Ranges;

namespace Recurrent.Tensors;

/// <summary>The lengths of a tensor's one to three axes, outermost first.</summary>
/// <example>
/// <code>
/// var shape = Tensor.Zeros(2, 3).Shape;
/// Console.WriteLine($"{shape} has {shape.Rank} axes and {shape.Count} values"); // (2, 3) has 2 axes and 6 values
/// </code>
/// </example>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int _rank;
    private readonly int _d0;
    private readonly int _d1;
    private readonly int _d2;

    /// <summary>A shape of one to three axes.</summary>
    /// <param name="lengths">Length of each axis, 0 or more.</param>
    /// <exception cref="ArgumentException">There are no axes or more than three.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative.</exception>
    /// <exception cref="OverflowException">The number of elements exceeds an int.</exception>
    public Shape(params ReadOnlySpan<int> lengths)
    {
        if (lengths.Length is < 1 or > 3)
        {
            throw new ArgumentException(
                $"A tensor has 1 to 3 axes, not {lengths.Length}; reshape it first.",
                nameof(lengths)
            );
        }
        foreach (var length in lengths)
        {
            if (length < 0)
            {
                throw Within.AtLeast(0).Error("The length of an axis", length);
            }
        }
        _rank = lengths.Length;
        _d0 = lengths[0];
        _d1 = lengths.Length > 1 ? lengths[1] : 1;
        _d2 = lengths.Length > 2 ? lengths[2] : 1;
        Count = checked(_d0 * _d1 * _d2);
    }

    /// <summary>Number of axes, 1 to 3.</summary>
    public int Rank => _rank;

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>Length of an axis.</summary>
    /// <param name="axis">0 for the outermost; negative axes count from the innermost, −1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int this[int axis] =>
        Axis(axis) switch
        {
            0 => _d0,
            1 => _d1,
            _ => _d2,
        };

    /// <summary>Whether two shapes have the same axes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ in an axis.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Shape other) => (_rank, _d0, _d1, _d2) == (other._rank, other._d0, other._d1, other._d2);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_rank, _d0, _d1, _d2);

    /// <summary>The lengths in parentheses, as in (35, 32, 28).</summary>
    public override string ToString() => $"({string.Join(", ", ToArray())})";

    /// <summary>The lengths, outermost first.</summary>
    public int[] ToArray()
    {
        var lengths = new int[_rank];
        for (var axis = 0; axis < _rank; axis++)
        {
            lengths[axis] = this[axis];
        }
        return lengths;
    }

    /// <summary>The axis as a number from 0.</summary>
    internal int Axis(int axis)
    {
        var positive = axis < 0 ? axis + _rank : axis;
        if ((uint)positive >= (uint)_rank)
        {
            throw new ArgumentOutOfRangeException(
                nameof(axis),
                axis,
                $"A tensor of shape {this} has axes 0 to {_rank - 1}."
            );
        }
        return positive;
    }

    /// <summary>The same shape with another length on one axis.</summary>
    internal Shape With(int axis, int length)
    {
        Span<int> lengths = [_d0, _d1, _d2];
        lengths[Axis(axis)] = length;
        return new Shape(lengths[.._rank]);
    }

    /// <summary>Rows of a matrix, or of each step of time-major values (steps, batch, n).</summary>
    internal RowLayout RowLayout =>
        _rank switch
        {
            3 => new(_d0, _d1, _d2),
            2 => new(1, _d0, _d1),
            _ => new(1, 1, _d0),
        };

    /// <summary>The shape of one entry of the outermost of several axes.</summary>
    internal Shape Inner => _rank == 2 ? new Shape(_d1) : new Shape(_d1, _d2);

    /// <summary>Elements on the axes outside, and inside, of an axis.</summary>
    internal (int Outer, int Inner) Around(int axis)
    {
        var (outer, inner) = (1, 1);
        for (var i = 0; i < _rank; i++)
        {
            outer *= i < axis ? this[i] : 1;
            inner *= i > axis ? this[i] : 1;
        }
        return (outer, inner);
    }
}
