using System.Numerics;
using Recurrent.Tensors;

namespace Recurrent.Training;

/// <summary>
/// The sum of the shards' gradients in an order that depends on their number alone, whoever has them: a binary tree in
/// which [a, c) is [a, b) + [b, c), where b − a is the largest power of two below c − a.
/// </summary>
/// <param name="parameters">The parameters, whose gradients are those of one shard after the other.</param>
/// <param name="shards">The number of shards.</param>
internal sealed class GradientTree(IReadOnlyList<Parameter> parameters, int shards)
{
    // (levels)(parameters): sums of 1, 2, 4, … shards that wait for as many more
    private readonly Tensor?[][] _waiting =
    [
        .. Enumerable.Range(0, Level(shards - 1) + 1).Select(_ => new Tensor?[parameters.Count]),
    ];
    private readonly RowGradient[]?[] _rows = new RowGradient[parameters.Count][]; // (parameters)(shards), of tables

    /// <summary>Adds up values by the tree; they are overwritten.</summary>
    /// <param name="values">A value of each shard, or of each of several subtrees of one size.</param>
    public static T Sum<T>(Span<T> values)
        where T : IAdditionOperators<T, T, T>
    {
        for (var width = 1; width < values.Length; width *= 2)
        {
            for (var i = 0; i + width < values.Length; i += 2 * width)
            {
                values[i] += values[i + width];
            }
        }
        return values[0];
    }

    /// <inheritdoc cref="Sum{T}(Span{T})"/>
    /// <param name="values">As many values of each, one after the other, and of two at least.</param>
    /// <param name="sums">Becomes the sums.</param>
    public static void Sum(Span<float> values, Span<float> sums)
    {
        var (length, width) = (sums.Length, sums.Length);
        for (; 2 * width < values.Length; width *= 2)
        {
            for (var i = 0; i + width < values.Length; i += 2 * width)
            {
                Add(values.Slice(i, length), values.Slice(i + width, length));
            }
        }
        Add(values[..length], values.Slice(width, length), sums);
    }

    /// <summary>Takes the gradients of a shard; after the last they are those of all.</summary>
    /// <param name="shard">Its number: 0, 1 and so on.</param>
    public void Add(int shard)
    {
        for (var i = 0; i < (shards == 1 ? 0 : parameters.Count); i++) // one after the other, which then is in a cache
        {
            Add(shard, i);
        }
    }

    /// <summary>Takes the gradient of a shard of one parameter; after the last it is that of all.</summary>
    /// <param name="shard">Its number: 0, 1 and so on.</param>
    /// <param name="value">The parameter's value.</param>
    public void Add(int shard, Tensor value)
    {
        var i = 0;
        while (parameters[i].Value != value)
        {
            i++;
        }
        Add(shard, i);
    }

    private void Add(int shard, int i)
    {
        var value = parameters[i].Value;
        if (value.GradientRows is { } rows)
        {
            AddRows(_rows[i] ??= new RowGradient[shards], shard, rows);
            return;
        }
        if (value.Gradient is not { } sum)
        {
            return;
        }
        // The bits of a shard's number are the levels at which sums wait; those below the first 0 join it.
        var isLast = shard == shards - 1;
        var levels = isLast ? Level(shard) + 1 : BitOperations.TrailingZeroCount(~shard);
        for (var level = 0; level < levels; level++)
        {
            if ((shard >> level & 1) == 0)
            {
                continue;
            }
            var waiting = _waiting[level][i]!;
            if (isLast)
            {
                sum.AddInPlace(waiting);
            }
            else
            {
                waiting.AddInPlace(sum);
                sum = waiting;
            }
        }
        if (!isLast && levels == 0)
        {
            _waiting[0][i] = value.TakeGradient(_waiting[0][i] ?? Leaf.RoomFor(value));
        }
        else if (!isLast)
        {
            (_waiting[levels - 1][i], _waiting[levels][i]) = (_waiting[levels][i], _waiting[levels - 1][i]);
        }
    }

    private void AddRows(RowGradient[] ofShards, int shard, GradientRows gradient)
    {
        ofShards[shard] = RowGradient.Of(gradient);
        if (shard == shards - 1)
        {
            Sum<RowGradient>(ofShards).CopyTo(gradient);
        }
    }

    /// <summary>The highest level at which sums wait for a shard; −1 for none.</summary>
    private static int Level(int shard) => shard == 0 ? -1 : BitOperations.Log2((uint)shard);

    /// <summary>Adds values to as many others.</summary>
    public static void Add(Span<float> values, ReadOnlySpan<float> more) => Add(values, more, values);

    private static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> sums)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= sums.Length; i += Vector<float>.Count)
        {
            (new Vector<float>(left[i..]) + new Vector<float>(right[i..])).CopyTo(sums[i..]);
        }
        for (; i < sums.Length; i++)
        {
            sums[i] = left[i] + right[i];
        }
    }
}

/// <summary>The gradient of the rows of a table that were read, on the host.</summary>
/// <param name="Rows">The rows, each once, in the order in which they were first read.</param>
/// <param name="Values">Their gradients (rows, columns).</param>
/// <param name="Columns">The columns of the table.</param>
internal sealed record RowGradient(int[] Rows, float[] Values, int Columns)
    : IAdditionOperators<RowGradient, RowGradient, RowGradient>
{
    /// <summary>Reads a gradient back.</summary>
    public static RowGradient Of(GradientRows gradient)
    {
        var (rows, values) = gradient.Read();
        return new(rows, values, gradient.Columns);
    }

    /// <summary>Gives a table this gradient.</summary>
    public void CopyTo(GradientRows gradient) => gradient.Write(Rows, Values);

    /// <summary>The sum of two gradients of one table; a row that one of them lacks is as in the other.</summary>
    public static RowGradient operator +(RowGradient left, RowGradient right)
    {
        var columns = left.Columns;
        var places = left.Rows.Select((row, place) => (row, place)).ToDictionary(one => one.row, one => one.place);
        int[] more = [.. right.Rows.Where(row => !places.ContainsKey(row))];
        var values = new float[left.Values.Length + (more.Length * columns)];
        left.Values.CopyTo(values, 0);
        var next = left.Rows.Length;
        for (var i = 0; i < right.Rows.Length; i++)
        {
            var from = right.Values.AsSpan(i * columns, columns);
            if (places.TryGetValue(right.Rows[i], out var place))
            {
                GradientTree.Add(values.AsSpan(place * columns, columns), from);
            }
            else
            {
                from.CopyTo(values.AsSpan(next++ * columns));
            }
        }
        return new([.. left.Rows, .. more], values, columns);
    }
}
