using Recurrent.Kernels.Products;
using Recurrent.Kernels.Sums;

namespace Recurrent.Kernels.Tests.Sums;

/// <summary>Sums over the rows of shards against their definition, to the bit.</summary>
public sealed class ShardedSumTests
{
    private static readonly ShardedRows[] s_rows =
    [
        new(Groups: 5, Step: 6, Size: 2, First: 0, Count: 3),
        new(Groups: 70, Step: 32, Size: 4, First: 0, Count: 8),
        new(Groups: 3, Step: 7, Size: 1, First: 0, Count: 7),
        new(Groups: 2, Step: 1100, Size: 550, First: 0, Count: 2),
        new(Groups: 9, Step: 40, Size: 8, First: 0, Count: 5),
        new(Groups: 9, Step: 40, Size: 8, First: 3, Count: 1),
        new(Groups: 1, Step: 24, Size: 1, First: 0, Count: 24),
    ];

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void A_product_is_a_chain_over_each_shard_and_a_tree_over_the_chains(string tier)
    {
        foreach (var threads in (int[])[1, 2])
        {
            var device = new HostDevice(VectorTier.Named(tier), threads);
            foreach (var sums in s_rows)
            {
                foreach (var (rows, columns) in ((int, int)[])[(1, 1), (7, 33), (50, 64), (9, 32), (300, 3), (8, 100)])
                {
                    var step = rows + 3;
                    var a = Tiers.Values(sums.Rows * step, 1);
                    var b = Tiers.Values(sums.Rows * columns, 2);
                    var isPlain = columns == Pack.Step(columns);
                    var right = device.Of(b);
                    if (!isPlain)
                    {
                        right = device.Unwritten(Pack.Length(sums.Rows, columns));
                        device.Run(new Pack(device.Of(b), Transposed: false, sums.Rows, columns, right));
                    }
                    var adds = sums.Count == 1;
                    var c = Tiers.Values(rows * columns, 3);
                    var product = device.Into(
                        adds ? device.Of(c) : device.Unwritten(c.Length),
                        to => new ShardedProduct
                        {
                            A = device.Of(a).Columns(2, rows, step),
                            StepA = step,
                            B = right,
                            PlainB = isPlain,
                            C = to,
                            Rows = rows,
                            Columns = columns,
                            Sums = sums,
                            Accumulate = adds,
                        }
                    );
                    for (var i = 0; i < product.Length; i++)
                    {
                        var (row, column) = (i / columns, i % columns);
                        var expected = Tree(
                            sums,
                            adds ? c[i] : 0,
                            (place, sum) =>
                                float.FusedMultiplyAdd(a[(place * step) + 2 + row], b[(place * columns) + column], sum)
                        );
                        Assert.Equal(expected, product[i]);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sums_of_columns_are_those_of_each_shard_and_a_tree_over_them(string tier)
    {
        var device = new HostDevice(VectorTier.Named(tier), threads: 2);
        foreach (var sums in s_rows)
        {
            foreach (var columns in Tiers.OddSizes)
            {
                var (step, adds) = (columns + 3, sums.Count == 1);
                var x = Tiers.Values(sums.Rows * step, 1);
                var totals = Tiers.Values(columns, 2);
                var result = device.Into(
                    adds ? device.Of(totals) : device.Unwritten(columns),
                    to => new ShardedColumnSums(device.Of(x).Columns(1, columns, step), step, sums, to, adds)
                );
                for (var i = 0; i < columns; i++)
                {
                    var expected = Tree(sums, adds ? totals[i] : 0, (place, sum) => sum + x[(place * step) + 1 + i]);
                    Assert.Equal(expected, result[i]);
                }
            }
        }
    }

    [Fact]
    public void The_sum_of_several_shards_is_not_added_to_another()
    {
        var device = new HostDevice(VectorTier.Best, threads: 1);
        var kernel = new ShardedColumnSums(device.Of(1f, 2), 1, new(1, 2, 1, 0, 2), device.Of(3f), Accumulate: true);
        Assert.Throws<NotSupportedException>(() => device.Run(kernel));
    }

    /// <summary>The sums over each shard's rows, by time step, added from the largest power of two down.</summary>
    private static float Tree(ShardedRows sums, float start, Func<int, float, float> add)
    {
        return Sum(sums.First, sums.First + sums.Count);

        float Sum(int first, int end)
        {
            if (end - first > 1)
            {
                var left = 1;
                while (2 * left < end - first)
                {
                    left *= 2;
                }
                return Sum(first, first + left) + Sum(first + left, end);
            }
            var sum = start;
            for (var group = 0; group < sums.Groups; group++)
            {
                for (var row = 0; row < sums.Size; row++)
                {
                    sum = add((group * sums.Step) + (first * sums.Size) + row, sum);
                }
            }
            return sum;
        }
    }
}
