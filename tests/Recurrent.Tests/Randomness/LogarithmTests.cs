using FsCheck.Fluent;
using Recurrent.Randomness;

namespace Recurrent.Tests.Randomness;

public sealed class LogarithmTests
{
    private const double Tolerance = 1e-15;

    [Fact]
    public void Agrees_with_the_library_to_a_few_units_in_the_last_place()
    {
        // Every exponent of a normal number, with arbitrary mantissas.
        var values =
            from exponent in Gen.Choose(-1022, 1023)
            from mantissa in Gen.Choose(0, int.MaxValue)
            select Math.ScaleB(1 + (mantissa / (double)int.MaxValue / 1.0000001), exponent);
        Laws.Hold(values, value => RelativeError(value) <= Tolerance);
    }

    [Fact]
    public void Is_as_exact_close_to_one_where_the_logarithm_vanishes()
    {
        for (var step = 1; step <= 20_000; step++)
        {
            Assert.InRange(RelativeError(1 + (step * 1e-5)), 0, Tolerance);
            Assert.InRange(RelativeError(1 - (step * 4e-5)), 0, Tolerance);
        }
        for (var power = 1; power <= 52; power++)
        {
            Assert.InRange(RelativeError(1 + Math.ScaleB(1, -power)), 0, Tolerance);
            Assert.InRange(RelativeError(1 - Math.ScaleB(1, -power)), 0, Tolerance);
        }
    }

    [Fact]
    public void Is_zero_at_one_and_exact_to_the_bit_at_powers_of_two()
    {
        Assert.Equal(0.0, Logarithm.Of(1));
        Assert.Equal(0.6931471805599453, Logarithm.Of(2));
        Assert.Equal(-0.6931471805599453, Logarithm.Of(0.5));
        Assert.Equal(-36.7368005696771, Logarithm.Of(Math.ScaleB(1, -53)), 1e-13);
    }

    [Theory]
    [InlineData(0.1, 0xC0026BB1BBB55515)]
    [InlineData(3.0, 0x3FF193EA7AAD030B)]
    [InlineData(1e-10, 0xC037069E2AA2AA5B)]
    [InlineData(0.9999999, 0xBE7AD7F2B1049B9F)]
    [InlineData(2.5e+300, 0x40859D88D834B7ED)]
    [InlineData(1.1102230246251565e-16, 0xC0425E4F7B2737FA)]
    public void Is_the_same_bits_everywhere(double value, ulong bits) =>
        Assert.Equal(bits, BitConverter.DoubleToUInt64Bits(Logarithm.Of(value)));

    private static double RelativeError(double value)
    {
        var expected = Math.Log(value);
        return expected == 0
            ? Math.Abs(Logarithm.Of(value))
            : Math.Abs((Logarithm.Of(value) - expected) / expected);
    }
}
