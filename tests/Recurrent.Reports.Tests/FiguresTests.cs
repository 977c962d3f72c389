namespace Recurrent.Reports.Tests;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(1, "1.00")]
    [InlineData(1.054, "1.05")]
    [InlineData(17.34, "17.3")]
    [InlineData(4120.6, "4,121")]
    [InlineData(3.2e12, "3.2e+12")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    public void Perplexity(double value, string said) => Assert.Equal(said, Figures.Perplexity(value));

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.44, "9.4 s")]
    [InlineData(9.6, "10 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(83, "1:23")]
    [InlineData(3600 * 30 + 62, "30:01:02")]
    public void Duration(double seconds, string said) =>
        Assert.Equal(said, Figures.Duration(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Speed() => Assert.Equal("143,210", Figures.Speed(143_209.8));
}
