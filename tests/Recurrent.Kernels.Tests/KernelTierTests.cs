using Recurrent.Kernels.Threading;

namespace Recurrent.Kernels.Tests;

public sealed class KernelTierTests
{
    [Fact]
    public void Lists_tiers_widest_first() =>
        Assert.Equal(["512", "256", "128", "scalar"], KernelTier.All.Select(tier => tier.Name));

    [Fact]
    public void Best_is_the_first_that_the_processor_runs() =>
        Assert.Same(KernelTier.All.First(tier => tier.IsAccelerated), KernelTier.Best);

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Finds_a_tier_by_name(string name) => Assert.Equal(name, KernelTier.Named(name).Name);

    [Fact]
    public void Names_the_tiers_when_there_is_no_such_one()
    {
        var error = Assert.Throws<ArgumentException>(() => KernelTier.Named("1024"));
        Assert.Contains("512, 256, 128, scalar", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Tiers.All), MemberType = typeof(Tiers))]
    public void Refuses_spans_of_the_wrong_length(string name)
    {
        var tier = KernelTier.Named(name);
        var team = new WorkerTeam(1);
        var six = new float[6];
        var five = new float[5];
        Assert.Throws<ArgumentException>(() => tier.Tanh(team, six, five));
        Assert.Throws<ArgumentException>(() => tier.Add(team, six, new float[4], six));
        Assert.Throws<ArgumentException>(() => tier.Add(team, six, [], six));
        Assert.Throws<ArgumentException>(() => tier.Pack(team, six, 2, 3, false, five));
        Assert.Throws<ArgumentException>(() => tier.SumRows(team, six, new float[4], false));
        var packed = new float[tier.PackedLength(2, 3)];
        Assert.Throws<ArgumentException>(() => tier.Multiply(team, five, false, packed, six, 2, 3, 2, false));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            tier.CrossEntropy(team, six, [0, 3], 1f, new float[2], six)
        );
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            tier.CrossEntropy(team, six, [-1, 0], 1f, new float[2], six)
        );
    }
}
