using Recurrent.Kernels.Sums;
using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Sums;

public sealed class SumTests
{
    private static readonly WorkerTeam s_team = new(2);

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sums_agree_with_double_precision(string name)
    {
        var tier = VectorTier.Named(name);
        foreach (var size in (int[])[.. Tiers.OddSizes, 1_000_003, 2_200_001])
        {
            var x = Tiers.Values(size, 9);
            var magnitude = x.Sum(value => Math.Abs((double)value));
            Assert.Equal(x.Sum(value => (double)value), SumOf(tier, x), 1e-6 * (magnitude + 1e-30));
            var squares = x.Sum(value => (double)value * value);
            Assert.Equal(squares, SquaresOf(tier, x), 1e-6 * (squares + 1e-30));
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Cross_entropy_agrees_with_double_precision(string name)
    {
        const int rows = 37;
        const int classes = 28;
        var tier = VectorTier.Named(name);
        float[] logits = [.. Tiers.Values(rows * classes, 3).Select(z => z * 20)];
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 5 % classes)];
        var (losses, gradient) = CrossEntropyOf(tier, logits, labels, 0.5f);
        for (var row = 0; row < rows; row++)
        {
            double[] z = [.. logits.Skip(row * classes).Take(classes)];
            var sum = z.Sum(value => Math.Exp(value - z.Max()));
            var loss = Math.Log(sum) + z.Max() - z[labels[row]];
            Assert.Equal(loss, losses[row], 2e-6 * Math.Max(1, loss));
            for (var i = 0; i < classes; i++)
            {
                var expected = 0.5 * ((Math.Exp(z[i] - z.Max()) / sum) - (i == labels[row] ? 1 : 0));
                Assert.Equal(expected, gradient[(row * classes) + i], 2e-7);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Cross_entropy_stands_logits_of_any_size(string name)
    {
        var (losses, gradient) = CrossEntropyOf(VectorTier.Named(name), [1000f, -1000f, 1000f, -1000f], [0, 1], 1f);
        Assert.Equal([0f, 2000f], losses);
        Assert.Equal([0f, 0f, 1f, -1f], gradient);
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sum_rows_adds_or_overwrites(string name)
    {
        var totals = Host.Of(10f, 20f);
        Run(accumulate: true);
        Assert.Equal([14f, 26f], totals.ToArray());
        Run(accumulate: false);
        Assert.Equal([4f, 6f], totals.ToArray());

        void Run(bool accumulate) =>
            VectorTier.Named(name).Run(new ColumnSums(Host.Of(1f, 2f, 3f, 4f), 2, totals, accumulate), s_team);
    }

    [Fact]
    public void A_sum_is_scaled_in_double_precision_and_squares_add_up()
    {
        var total = Host.Room<float>(1);
        var scaled = new Sum(Host.Of(1f, 2f, 4f), total, Multiplier: 3, Divisor: 7);
        VectorTier.Best.Run(scaled, s_team);
        Assert.Equal(3f, total.ToArray()[0]);
        var squares = Host.Of(5.0);
        var added = new SumOfSquares(Host.Of(1f, 2f), squares, Accumulate: true);
        VectorTier.Best.Run(added, s_team);
        Assert.Equal(10.0, squares.ToArray()[0]);
    }

    private static double SumOf(VectorTier tier, float[] x)
    {
        var total = Host.Room<float>(1);
        tier.Run(new Sum(Host.Of(x), total), s_team);
        return total.ToArray()[0];
    }

    private static double SquaresOf(VectorTier tier, float[] x)
    {
        var total = Host.Room<double>(1);
        tier.Run(new SumOfSquares(Host.Of(x), total), s_team);
        return total.ToArray()[0];
    }

    private static (float[] Losses, float[] Gradient) CrossEntropyOf(
        VectorTier tier,
        float[] logits,
        int[] labels,
        float scale
    )
    {
        var kernel = new CrossEntropy
        {
            Logits = Host.Of(logits),
            Labels = Host.Of(labels),
            Losses = Host.Unwritten(labels.Length),
            Gradient = Host.Unwritten(logits.Length),
            Scale = scale,
        };
        tier.Run(kernel, s_team);
        return (kernel.Losses.ToArray(), kernel.Gradient.ToArray());
    }
}
