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

    private static double RelativeError(double value)
    {
        var expected = Math.Log(value);
        return expected == 0
            ? Math.Abs(Logarithm.Of(value))
            : Math.Abs((Logarithm.Of(value) - expected) / expected);
    }
}
