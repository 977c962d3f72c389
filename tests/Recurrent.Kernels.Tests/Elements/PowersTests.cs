using System.Runtime.Intrinsics;
using Recurrent.Kernels;
using Recurrent.Kernels.Elements;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Tests.Elements;

/// <summary>Exponentials in vectors of double, against the scalar ones, to the bit.</summary>
public sealed class PowersTests
{
    private static readonly double[] s_edges =
    [
        0,
        -0.0,
        double.Epsilon,
        -double.Epsilon,
        1e-310,
        -1e-300,
        1e-20,
        -708,
        Math.BitDecrement(-708),
        Math.BitIncrement(-708),
        709,
        Math.BitIncrement(709),
        -746,
        double.MinValue,
        double.MaxValue,
        double.NegativeInfinity,
        double.PositiveInfinity,
        double.NaN,
    ];

    [Fact]
    public void Every_width_gives_the_bits_of_the_scalar_exponential()
    {
        var values = new double[300_000];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Value((ulong)i);
        }
        s_edges.CopyTo(values, 1000);
        Check<Double128>(values, 0, 1);
        Check<Double256>(values, 0, 1);
        Check<Double512>(values, 0, 1);
        Check<Double512>(values, 3.25, 0.8);
        Check<Double256>(values, -1e300, 1e-320);
    }

    [Fact]
    public void Any_number_of_values_is_taken()
    {
        for (var length = 0; length < 40; length++)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(i => Value((ulong)i))];
            Check<Double128>(values, 1, 2);
            Check<Double256>(values, 1, 2);
            Check<Double512>(values, 1, 2);
            var best = (double[])values.Clone();
            PortableMath.Powers(best, 1, 2);
            Assert.Equal(Expected(values, 1, 2), Array.ConvertAll(best, BitConverter.DoubleToInt64Bits));
        }
    }

    private static void Check<V>(double[] values, double shift, double scale)
        where V : struct, IDoubles<V>
    {
        var powers = (double[])values.Clone();
        Powers.Run<V>(powers, shift, scale);
        var bits = Array.ConvertAll(powers, BitConverter.DoubleToInt64Bits);
        var expected = Expected(values, shift, scale);
        for (var i = 0; i < bits.Length; i++)
        {
            Assert.True(bits[i] == expected[i], $"{typeof(V).Name}: e^(({values[i]:R} − {shift}) / {scale})");
        }
    }

    private static long[] Expected(double[] values, double shift, double scale) =>
        Array.ConvertAll(
            values,
            value => BitConverter.DoubleToInt64Bits(PortableMath.Exp((value - shift) / scale))
        );

    // Of all sizes: uniform between the bounds of what is neither 0 nor infinite, or with a uniform exponent.
    private static double Value(ulong index)
    {
        var bits = (ulong)Philox.Block(new UInt128(0, index), 7);
        var uniform = (bits >> 11) * (1.0 / (1L << 53));
        return index % 2 == 0
            ? (uniform * 1425) - 712
            : (uniform - 0.5) * BitConverter.Int64BitsToDouble((long)((bits & 63) + 975) << 52);
    }
}
