using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.Onnx;

/// <summary>
/// A constant: weights, float, whatever width the file has them in; or whole numbers, which are lengths and places.
/// </summary>
/// <param name="values">The values, row-major.</param>
/// <param name="shape">The length of each axis.</param>
/// <param name="room">What constants may take in all.</param>
internal sealed class Constant<T>(T[] values, int[] shape, OnnxRoom room) : OnnxValue
    where T : struct
{
    /// <summary>The values, row-major.</summary>
    public T[] Values { get; } = values;

    /// <summary>The length of each axis.</summary>
    public int[] Shape { get; } = RequireRank(shape);

    /// <inheritdoc/>
    public override Size[] Sizes => [.. Shape.Select(length => new Size(length))];

    /// <inheritdoc/>
    public override Constant<T> Transpose(long[]? order)
    {
        var axes = OrderOf(order, Shape.Length);
        int[] lengths = [.. axes.Select(axis => Shape[axis])];
        int[] steps = [.. axes.Select(axis => CountOf(Shape.AsSpan(axis + 1)))];
        var moved = room.Take<T>(Values.Length);
        var place = new int[axes.Length];
        var from = 0;
        for (var i = 0; i < moved.Length; i++)
        {
            moved[i] = Values[from];
            for (var axis = axes.Length - 1; axis >= 0; axis--)
            {
                from += steps[axis];
                if (++place[axis] < lengths[axis])
                {
                    break;
                }
                from -= steps[axis] * lengths[axis];
                place[axis] = 0;
            }
        }
        return new(moved, lengths, room);
    }

    /// <inheritdoc/>
    public override Constant<T> Reshape(Size[] shape)
    {
        var lengths = new long[shape.Length];
        var (known, inferred) = (1L, -1);
        for (var axis = 0; axis < lengths.Length; axis++)
        {
            var length = shape[axis] is { IsKnown: true, Factor: <= int.MaxValue } size ? size.Factor : long.MinValue;
            lengths[axis] = length == 0 && axis < Shape.Length ? Shape[axis] : length;
            if (length == -1 && inferred < 0)
            {
                inferred = axis;
                continue;
            }
            known = lengths[axis] < 0 ? 0 : Math.Min(known * lengths[axis], int.MaxValue);
        }
        if (inferred >= 0 && known > 0)
        {
            lengths[inferred] = Values.Length / known;
            known *= lengths[inferred];
        }
        return known == Values.Length && known > 0
            ? new(Values, [.. lengths.Select(length => (int)length)], room)
            : throw new FormatError($"a constant of {Values.Length:#,0} values is given a shape of another number");
    }

    /// <inheritdoc/>
    public override Constant<T> Squeeze(long[]? axes)
    {
        HashSet<int> gone = axes is null
            ? [.. Shape.Index().Where(axis => axis.Item == 1).Select(axis => axis.Index)]
            : [.. axes.Select(axis => AxisOf(axis, Shape.Length))];
        return gone.All(axis => Shape[axis] == 1)
            ? new(Values, [.. Shape.Where((_, axis) => !gone.Contains(axis))], room)
            : throw new FormatError("an axis is removed that is not of length 1");
    }

    /// <inheritdoc/>
    public override Constant<T> Unsqueeze(long[] axes) => new(Values, Insert(Shape, axes, 1), room);

    /// <inheritdoc/>
    public override Constant<T> Slice(long axis, long start, long end, long step)
    {
        var length = Shape[AxisOf(axis, Shape.Length)];
        if (step != 1)
        {
            throw new FormatError($"a constant is read in steps of {step}");
        }
        var first = Math.Clamp(start < 0 ? start + length : start, 0, length);
        var past = Math.Clamp(end < 0 ? end + length : end, first, length);
        return Part(AxisOf(axis, Shape.Length), (int)first, (int)(past - first));
    }

    /// <inheritdoc/>
    public override Constant<T> Gather(long axis, Constant<Size> places)
    {
        var along = AxisOf(axis, Shape.Length);
        int[] lengths = [.. Shape[..along], .. places.Shape, .. Shape[(along + 1)..]];
        if (places.Values is [var only])
        {
            return new(Part(along, PlaceOf(only, Shape[along]), 1).Values, lengths, room);
        }
        var parts = places.Values.Select(place => Part(along, PlaceOf(place, Shape[along]), 1)).ToArray();
        return parts.Length == 0
            ? throw new FormatError("no place of a constant is taken")
            : new(Concatenate(along, parts, room).Values, lengths, room);
    }

    /// <summary>Other values in the same shape.</summary>
    public Constant<TOther> Select<TOther>(Func<T, TOther> map)
        where TOther : struct
    {
        var mapped = room.Take<TOther>(Values.Length);
        for (var i = 0; i < mapped.Length; i++)
        {
            mapped[i] = map(Values[i]);
        }
        return new(mapped, Shape, room);
    }

    /// <summary>Joins constants along an axis.</summary>
    public static Constant<T> Concatenate(long axis, IReadOnlyList<Constant<T>> parts, OnnxRoom room)
    {
        int[] shape = [.. parts[0].Shape];
        var along = AxisOf(axis, shape.Length);
        if (parts.Any(part => part.Shape.Length != shape.Length || !part.Shape.Index().All(IsSame)))
        {
            throw new FormatError("constants of different shapes are joined");
        }
        var length = parts.Sum(part => (long)part.Shape[along]);
        var (outer, inner) = (CountOf(shape.AsSpan(0, along)), CountOf(shape.AsSpan(along + 1)));
        var joined = room.Take<T>(outer * length * inner);
        var left = joined.AsSpan();
        for (var row = 0; row < outer; row++)
        {
            foreach (var part in parts)
            {
                var run = part.Shape[along] * inner;
                part.Values.AsSpan(row * run, run).CopyTo(left);
                left = left[run..];
            }
        }
        shape[along] = (int)length;
        return new(joined, shape, room);

        bool IsSame((int Axis, int Length) other) => other.Axis == along || other.Length == shape[other.Axis];
    }

    /// <summary>A place along an axis, counted from the end if negative.</summary>
    /// <exception cref="FormatError">It is not known, or there is no such place.</exception>
    public static int PlaceOf(Size place, long length) =>
        place.IsKnown && place.Factor >= -length && place.Factor < length
            ? (int)(place.Factor < 0 ? place.Factor + length : place.Factor)
            : throw new FormatError($"a place is taken that is not among {length}");

    private Constant<T> Part(int along, int first, int count)
    {
        var (outer, inner) = (CountOf(Shape.AsSpan(0, along)), CountOf(Shape.AsSpan(along + 1)));
        var run = count * inner;
        var part = room.Take<T>((long)outer * run);
        for (var row = 0; row < outer; row++)
        {
            Values.AsSpan(((row * Shape[along]) + first) * inner, run).CopyTo(part.AsSpan(row * run));
        }
        int[] lengths = [.. Shape];
        lengths[along] = count;
        return new(part, lengths, room);
    }

    private static int CountOf(ReadOnlySpan<int> lengths)
    {
        var count = 1;
        foreach (var length in lengths)
        {
            count *= length;
        }
        return count;
    }
}

/// <summary>
/// The number of values that all constants may take, so that a small file cannot fill the memory: a few times those
/// that the file holds, because exporters cut the weights and join them in another order.
/// </summary>
internal sealed class OnnxRoom(long bytes)
{
    private long _left = (8 * bytes) + 10_000;

    /// <summary>Makes room for another file's values.</summary>
    public void Add(long more) => _left += 8 * more;

    /// <summary>Takes room for values.</summary>
    /// <exception cref="FormatError">That is more than is left.</exception>
    public void Reserve(long count)
    {
        _left -= count;
        if (_left < 0)
        {
            throw new FormatError("its constants become many times larger than the file");
        }
    }

    /// <summary>An array of values.</summary>
    /// <exception cref="FormatError">That is more than there is room for.</exception>
    public T[] Take<T>(long count)
    {
        Reserve(count);
        return new T[count];
    }
}
