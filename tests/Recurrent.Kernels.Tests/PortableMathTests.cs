namespace Recurrent.Kernels.Tests;

public sealed class PortableMathTests
{
    [Fact]
    public void ExpIsWithinAFewUlp()
    {
        for (var x = -700.0; x <= 700; x += 0.0937)
        {
            Assert.Equal(1.0, PortableMath.Exp(x) / Math.Exp(x), 2e-15);
        }
        Assert.Equal(1.0, PortableMath.Exp(0));
        Assert.Equal(0.0, PortableMath.Exp(double.NegativeInfinity));
        Assert.Equal(double.PositiveInfinity, PortableMath.Exp(double.PositiveInfinity));
        Assert.Equal(double.NaN, PortableMath.Exp(double.NaN));
    }

    [Fact]
    public void LogIsWithinAFewUlp()
    {
        for (var exponent = -1070; exponent <= 1020; exponent += 7)
        {
            for (var mantissa = 1.0; mantissa < 2; mantissa += 0.0371)
            {
                var x = Math.ScaleB(mantissa, exponent);
                Assert.Equal(Math.Log(x), PortableMath.Log(x), 4e-16 * Math.Max(1, Math.Abs(Math.Log(x))));
            }
        }
        Assert.Equal(0.0, PortableMath.Log(1));
        Assert.Equal(double.NegativeInfinity, PortableMath.Log(0));
        Assert.Equal(double.PositiveInfinity, PortableMath.Log(double.PositiveInfinity));
        Assert.Equal(double.NaN, PortableMath.Log(-1));
        Assert.Equal(double.NaN, PortableMath.Log(double.NaN));
    }
}
