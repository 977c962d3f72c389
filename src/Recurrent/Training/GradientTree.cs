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
    private readonly Tensor[][] _waiting =
    [
        .. Enumerable
            .Range(0, Level(shards - 1) + 1)
            .Select(_ => parameters.Select(one => Tensor.Zeros(one.Value.Device, one.Value.Shape.ToArray())).ToArray()),
    ];

    /// <summary>Adds up values by the tree; they are overwritten.</summary>
    /// <param name="values">A value of each shard, or of each of several subtrees of one size.</param>
    public static double Sum(Span<double> values)
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

    /// <inheritdoc cref="Sum(Span{double})"/>
    /// <param name="values">As many values of each, one after the other; the first become the sums.</param>
    /// <param name="length">Their number.</param>
    public static void Sum(Span<float> values, int length)
    {
        for (var width = length; width < values.Length; width *= 2)
        {
            for (var i = 0; i + width < values.Length; i += 2 * width)
            {
                Add(values.Slice(i, length), values.Slice(i + width, length));
            }
        }
    }

    /// <summary>Takes the gradients of a shard; after the last they are those of all.</summary>
    /// <param name="shard">Its number: 0, 1 and so on.</param>
    public void Add(int shard)
    {
        // The bits of a shard's number are the levels at which sums wait; those below the first 0 join it.
        var isLast = shard == shards - 1;
        var levels = isLast ? Level(shard) + 1 : BitOperations.TrailingZeroCount(~shard);
        for (var i = 0; i < parameters.Count; i++) // one after the other, which then is in a cache
        {
            if (parameters[i].Value.Gradient is not { } gradient)
            {
                continue;
            }
            var sum = gradient;
            for (var level = 0; level < levels; level++)
            {
                if ((shard >> level & 1) == 0)
                {
                    continue;
                }
                var waiting = _waiting[level][i];
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
                _waiting[0][i] = parameters[i].Value.TakeGradient(_waiting[0][i]);
            }
        }
        if (!isLast && levels > 0)
        {
            (_waiting[levels - 1], _waiting[levels]) = (_waiting[levels], _waiting[levels - 1]);
        }
    }

    /// <summary>The highest level at which sums wait for a shard; −1 for none.</summary>
    private static int Level(int shard) => shard == 0 ? -1 : BitOperations.Log2((uint)shard);

    private static void Add(Span<float> values, ReadOnlySpan<float> more)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            (new Vector<float>(values[i..]) + new Vector<float>(more[i..])).CopyTo(values[i..]);
        }
        for (; i < values.Length; i++)
        {
            values[i] += more[i];
        }
    }
}
