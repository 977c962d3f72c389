using Recurrent.Kernels.Portable;

namespace Recurrent.Kernels.Tests.Portable;

/// <summary>The vectors' exponentials against the scalar function, to the bit.</summary>
public sealed class DoubleExpTests
{
    [Fact]
    public void Numbers_beside_every_border_between_two_exponents_have_the_scalar_bits()
    {
        const double ln2 = 0.69314718055994530942;
        var values = new List<double>();
        for (var n = -1023; n <= 1025; n++)
        {
            var (up, down) = ((n - 0.5) * ln2, (n - 0.5) * ln2);
            for (var i = 0; i < 64; i++)
            {
                values.Add(up);
                values.Add(down);
                (up, down) = (Math.BitIncrement(up), Math.BitDecrement(down));
            }
        }
        AssertSameBits([.. values], highest: 0, temperature: 1);
    }

    [Fact]
    public void The_ends_of_the_range_and_what_is_not_finite_have_the_scalar_bits()
    {
        double[] values =
        [
            0,
            -0.0,
            double.Epsilon,
            -double.Epsilon,
            1e-310,
            -708,
            Math.BitDecrement(-708),
            Math.BitIncrement(-708),
            709,
            Math.BitIncrement(709),
            Math.BitDecrement(709),
            double.MaxValue,
            double.MinValue,
            double.PositiveInfinity,
            double.NegativeInfinity,
            double.NaN,
        ];
        foreach (var temperature in (double[])[1, 0.7, 3, 1e-300, 1e300, double.Epsilon])
        {
            AssertSameBits(values, 0, temperature);
            AssertSameBits(values, 5, temperature);
        }
    }

    [Fact]
    public void Any_numbers_have_the_scalar_bits()
    {
        var random = 1UL;
        ulong Next() => random = (random * 6364136223846793005) + 1442695040888963407;
        double Uniform() => (Next() >> 11) / 9007199254740992.0;
        for (var round = 0; round < 60; round++)
        {
            var values = new double[5_000];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (round % 3) switch
                {
                    0 => (Uniform() * 1420) - 711,
                    1 => (Uniform() - 0.5) * 4,
                    _ => BitConverter.UInt64BitsToDouble(Next() ^ (Next() >> 32)),
                };
            }
            AssertSameBits(values, round % 2 == 0 ? 0 : Uniform() * 20, Math.Pow(10, (Uniform() - 0.5) * 8));
        }
    }

    [Fact]
    public void Any_length_fits_and_the_weights_may_be_the_logits()
    {
        for (var length = 0; length <= 70; length++)
        {
            float[] logits = [.. Tiers.Values(length, 3).Select(value => value * 8)];
            double[] expected = [.. logits.Select(logit => PortableMath.Exp((logit - 0.7) / 0.8))];
            var weights = new double[length];
            DoubleExp.OfScaledDifferences(logits, 0.7, 0.8, weights);
            Assert.Equal(expected, weights);
            double[] inPlace = [.. logits.Select(logit => (double)logit)];
            DoubleExp.OfScaledDifferences(inPlace, 0.7, 0.8, inPlace);
            Assert.Equal(expected, inPlace);
            DoubleExp.OfScaledDifferences<FourVectors>([.. logits.Select(logit => (double)logit)], 0.7, 0.8, inPlace);
            Assert.Equal(expected, inPlace);
        }
    }

    [Fact]
    public void Refuses_weights_of_another_length() =>
        Assert.Throws<ArgumentException>(() => DoubleExp.OfScaledDifferences(new double[3], 0, 1, new double[4]));

    private static void AssertSameBits(double[] values, double highest, double temperature)
    {
        AssertSameBits<FourVectors>(values, highest, temperature);
        AssertSameBits<FourVectors512>(values, highest, temperature);
    }

    private static void AssertSameBits<V>(double[] values, double highest, double temperature)
        where V : struct, IFourVectors<V>
    {
        var actual = new double[values.Length];
        DoubleExp.OfScaledDifferences<V>(values, highest, temperature, actual);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = PortableMath.Exp((values[i] - highest) / temperature);
            Assert.True(
                BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(actual[i]),
                $"({values[i]:R} - {highest:R}) / {temperature:R}: {actual[i]:R}, not {expected:R}."
            );
        }
    }
}
