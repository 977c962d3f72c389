using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>The order in which shards are added up, against its definition.</summary>
public sealed class GradientTreeTests
{
    public static TheoryData<int> Counts => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Losses_and_the_gradients_of_ranks_and_of_shards_are_added_as_the_tree_says(int count)
    {
        var random = new RandomStream(count, 0);
        float[] values = [.. Enumerable.Range(0, count).Select(i => random.Normal((ulong)i) * 1e3f)];
        var expected = (float)Sum(values, isSingle: true);

        double[] losses = [.. values];
        Assert.Equal(Sum(values, isSingle: false), GradientTree.Sum(losses));

        float[] ofRanks = [.. values.SelectMany(value => (float[])[value, 2 * value, 0])];
        var sums = ofRanks[..3];
        if (count > 1)
        {
            GradientTree.Sum(ofRanks, sums);
        }
        Assert.Equal([expected, 2 * expected, 0], sums);

        var weight = Tensor.From([1f], 1).RequireGradient();
        var tree = new GradientTree([new Parameter("w", weight)], count);
        for (var shard = 0; shard < count; shard++)
        {
            weight.ClearGradient();
            (weight * values[shard]).Sum().Backward();
            tree.Add(shard);
        }
        Assert.Equal(expected, weight.Gradient!.ToScalar());
    }

    /// <summary>[a, c) is [a, b) + [b, c), where b − a is the largest power of two below c − a.</summary>
    private static double Sum(ReadOnlySpan<float> values, bool isSingle)
    {
        if (values.Length == 1)
        {
            return values[0];
        }
        var left = 1;
        while (left * 2 < values.Length)
        {
            left *= 2;
        }
        var sum = Sum(values[..left], isSingle) + Sum(values[left..], isSingle);
        return isSingle ? (float)sum : sum;
    }
}
