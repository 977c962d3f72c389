using Recurrent.Kernels;
using Recurrent.Tensors;

namespace Recurrent.Tests.Tensors;

public sealed class ComputeTests
{
    [Fact]
    public void Is_in_use_until_disposed()
    {
        var before = Compute.Current;
        var mine = new Compute(threads: 3, KernelTier.Named("scalar"));
        using (mine.Use())
        {
            Assert.Same(mine, Compute.Current);
            Assert.Equal(3, Compute.Current.Team.Threads);
        }
        Assert.Same(before, Compute.Current);
    }

    [Fact]
    public void By_default_has_the_best_tier_and_every_processor()
    {
        Assert.Same(KernelTier.Best, new Compute().Tier);
        Assert.Equal(Environment.ProcessorCount, new Compute().Team.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Compute(threads: 0));
    }

    [Fact]
    public void A_weight_packed_for_one_tier_is_packed_anew_for_another()
    {
        var (x, w) = (Draw.Values(1, 5, 40), Draw.Values(2, 40, 50));
        var expected = Tensor.MatMul(x, w).Values.ToArray();
        foreach (var tier in KernelTier.All)
        {
            using var use = new Compute(2, tier).Use();
            Assert.Equal(expected, Tensor.MatMul(x, w).Values.ToArray());
        }
    }
}
