using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests.Reductions;

public sealed class ReductionTests
{
    private static readonly WorkerTeam s_team = new(2);

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sums_agree_with_double_precision(string name)
    {
        var tier = KernelTier.Named(name);
        foreach (var size in (int[])[.. Tiers.OddSizes, 1_000_003, 2_200_001])
        {
            var x = Tiers.Values(size, 9);
            var magnitude = x.Sum(value => Math.Abs((double)value));
            Assert.Equal(x.Sum(value => (double)value), tier.Sum(x), 1e-6 * (magnitude + 1e-30));
            var squares = x.Sum(value => (double)value * value);
            Assert.Equal(squares, tier.SumOfSquares(s_team, x), 1e-6 * (squares + 1e-30));
        }
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Cross_entropy_agrees_with_double_precision(string name)
    {
        const int rows = 37;
        const int classes = 28;
        var tier = KernelTier.Named(name);
        float[] logits = [.. Tiers.Values(rows * classes, 3).Select(z => z * 20)];
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i * 5 % classes)];
        var (losses, gradient) = (new float[rows], new float[rows * classes]);
        tier.CrossEntropy(s_team, logits, labels, 0.5f, losses, gradient);
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
        var (losses, gradient) = (new float[2], new float[4]);
        KernelTier
            .Named(name)
            .CrossEntropy(s_team, [1000f, -1000f, 1000f, -1000f], [0, 1], 1f, losses, gradient);
        Assert.Equal([0f, 2000f], losses);
        Assert.Equal([0f, 0f, 1f, -1f], gradient);
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Sum_rows_adds_or_overwrites(string name)
    {
        float[] sums = [10f, 20f];
        KernelTier.Named(name).SumRows(s_team, [1f, 2f, 3f, 4f], sums, add: true);
        Assert.Equal([14f, 26f], sums);
        KernelTier.Named(name).SumRows(s_team, [1f, 2f, 3f, 4f], sums, add: false);
        Assert.Equal([4f, 6f], sums);
    }
}
