using Recurrent.Randomness;

namespace Recurrent.Tests.Randomness;

public sealed class NormalQuantileTests
{
    // python3 -c "from statistics import NormalDist; print(NormalDist().inv_cdf(p))" for each p.
    [Theory]
    [InlineData(0.5, 0.0)]
    [InlineData(0.5000000000000001, 2.7829164246717676e-16)]
    [InlineData(0.25, -0.6744897501960817)]
    [InlineData(0.975, 1.9599639845400536)]
    [InlineData(0.925, 1.439531470938456)]
    [InlineData(0.9250001, 1.4395321773759004)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(1e-10, -6.361340902404056)]
    [InlineData(1.3e-11, -6.66761145651074)]
    [InlineData(1.1102230246251565e-16, -8.209536151601386)]
    [InlineData(0.9999999999999999, 8.209536151601386)]
    public void Agrees_with_an_independent_implementation(double probability, double quantile)
    {
        Assert.Equal(quantile, NormalQuantile.Of(probability), Math.Abs(quantile) * 1e-15);
    }

    [Fact]
    public void Is_antisymmetric_to_the_bit()
    {
        for (var numerator = 1; numerator < 4096; numerator++)
        {
            var probability = numerator / 8192.0;
            Assert.Equal(-NormalQuantile.Of(probability), NormalQuantile.Of(1 - probability));
        }
    }

    [Fact]
    public void Rises_with_the_probability_across_the_borders_of_its_three_parts()
    {
        var centreBorder = 0.5 - 0.425;
        var farTailBorder = Math.Exp(-25);
        foreach (var border in (double[])[centreBorder, farTailBorder])
        {
            var before = NormalQuantile.Of(border * (1 - 1e-12));
            var after = NormalQuantile.Of(border * (1 + 1e-12));
            Assert.InRange(after - before, 0, 1e-10);
        }
    }
}
