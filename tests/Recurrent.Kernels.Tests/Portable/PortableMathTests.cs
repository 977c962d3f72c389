using Recurrent.Kernels.Portable;

namespace Recurrent.Kernels.Tests.Portable;

public sealed class PortableMathTests
{
    [Fact]
    public void Exp_is_within_a_few_ulp()
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
    public void Log_is_within_a_few_ulp()
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

    [Theory]
    [InlineData(0.1, 0xC0026BB1BBB55515)]
    [InlineData(3.0, 0x3FF193EA7AAD030B)]
    [InlineData(1e-10, 0xC037069E2AA2AA5B)]
    [InlineData(0.9999999, 0xBE7AD7F2B1049B9F)]
    [InlineData(2.5e+300, 0x40859D88D834B7ED)]
    [InlineData(1.1102230246251565e-16, 0xC0425E4F7B2737FA)]
    public void Is_the_same_bits_everywhere(double value, ulong bits) =>
        Assert.Equal(bits, BitConverter.DoubleToUInt64Bits(PortableMath.Log(value)));

    [Fact]
    public void The_cosine_of_half_a_turn_is_close_to_the_systems()
    {
        for (var i = 0; i <= 10_000; i++)
        {
            var x = i / 10_000.0;
            Assert.Equal(Math.Cos(Math.PI * x), PortableMath.CosineOfHalfTurn(x), 1e-15);
        }
        Assert.True(double.IsNaN(PortableMath.CosineOfHalfTurn(double.NaN)));
    }
}
