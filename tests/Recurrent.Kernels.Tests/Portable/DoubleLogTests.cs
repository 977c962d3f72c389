using Recurrent.Kernels.Portable;

namespace Recurrent.Kernels.Tests.Portable;

/// <summary>The vectors' logarithms against the scalar function, to the bit.</summary>
public sealed class DoubleLogTests
{
    private const double SmallestNormal = 2.2250738585072014e-308;

    [Fact]
    public void Numbers_beside_every_border_have_the_scalar_bits()
    {
        List<double> values = [SmallestNormal, double.MaxValue, 1, Math.BitDecrement(1), Math.BitIncrement(1)];
        for (var exponent = -1021; exponent <= 1022; exponent++)
        {
            foreach (var border in (double[])[Math.ScaleB(1, exponent), Math.ScaleB(Math.Sqrt(2), exponent)])
            {
                values.AddRange([Math.BitDecrement(border), border, Math.BitIncrement(border)]);
            }
        }
        AssertSameBits([.. values]);
    }

    [Fact]
    public void Any_positive_numbers_have_the_scalar_bits()
    {
        var random = 1UL;
        ulong Next() => random = (random * 6364136223846793005) + 1442695040888963407;
        var values = new double[100_000];
        for (var i = 0; i < values.Length; i++)
        {
            var any = BitConverter.UInt64BitsToDouble((Next() ^ (Next() >> 32)) & long.MaxValue);
            var probability = ((Next() >> 11) + 1) / 9007199254740992.0;
            values[i] = i % 2 == 0 && double.IsNormal(any) ? any : probability;
        }
        AssertSameBits(values);
    }

    [Fact]
    public void Any_length_fits()
    {
        for (var length = 0; length <= 70; length++)
        {
            AssertSameBits([.. Enumerable.Range(1, length).Select(i => i / 71.0)]);
        }
        Assert.Throws<ArgumentException>(() => DoubleLog.OfSum([1, 2], 1, [1, 2], new float[3]));
        Assert.Throws<ArgumentException>(() => DoubleLog.OfSum([1, 2], 1, [1], new float[2]));
    }

    [Fact]
    public void Sums_have_the_bits_of_a_product_and_a_sum()
    {
        double[] others = [.. Enumerable.Range(1, 1000).Select(i => 1.0 / i)];
        double[] values = [.. others.Select((value, i) => i % 3 == 0 ? value / 7 : 0)];
        AssertSameBits(values, 0.3, others);
    }

    private static void AssertSameBits(double[] values) => AssertSameBits(values, 1, new double[values.Length]);

    private static void AssertSameBits(double[] values, double scale, double[] others)
    {
        int[] expected =
        [
            .. values.Zip(others, (value, other) => Bits((float)PortableMath.Log(value + (scale * other)))),
        ];
        var logarithms = new float[values.Length];
        DoubleLog.OfSum(values, scale, others, logarithms);
        Assert.Equal(expected, logarithms.Select(Bits));
        DoubleLog.OfSum<FourVectors>(values, scale, others, logarithms);
        Assert.Equal(expected, logarithms.Select(Bits));
        DoubleLog.OfSum<FourVectors512>(values, scale, others, logarithms);
        Assert.Equal(expected, logarithms.Select(Bits));
    }

    private static int Bits(float value) => BitConverter.SingleToInt32Bits(value);
}
