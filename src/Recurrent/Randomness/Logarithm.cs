using System.Diagnostics;

namespace Recurrent.Randomness;

/// <summary>
/// The natural logarithm from additions, multiplications and divisions alone. <see cref="Math.Log(double)"/>
/// asks the platform's C library, whose last bit differs between machines; IEEE 754 leaves no such freedom
/// here.
/// </summary>
internal static class Logarithm
{
    private const int MantissaBits = 52;
    private const int ExponentBias = 1023;
    private const double SquareRootOfTwo = 1.4142135623730951;

    // ln 2 in two parts: the first ends in enough zeros for its product with any exponent to be exact (as in
    // fdlibm).
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    // With |s| <= (sqrt(2) - 1) / (sqrt(2) + 1) = 0.172, the first term left out, s^24 / 25, is below 2^-64.
    private const int LastOddPower = 23;

    /// <summary>Computes ln(value) to within a few units in the last place.</summary>
    /// <param name="value">A positive, finite, normal number.</param>
    public static double Of(double value)
    {
        Debug.Assert(
            double.IsNormal(value) && value > 0,
            "Only positive normal numbers have a logarithm here."
        );
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)(bits >> MantissaBits) - ExponentBias;
        var mantissaBits = bits & ((1L << MantissaBits) - 1);
        var mantissa = BitConverter.Int64BitsToDouble(mantissaBits | ((long)ExponentBias << MantissaBits));
        if (mantissa > SquareRootOfTwo)
        {
            mantissa /= 2;
            exponent++;
        }

        // value = 2^exponent * mantissa, and ln(mantissa) = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...).
        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var series = 0.0;
        for (var power = LastOddPower; power >= 3; power -= 2)
        {
            series = (series + (1.0 / power)) * square;
        }
        var logarithm = (2 * s) + (2 * s * series);
        return (exponent * Ln2High) + ((exponent * Ln2Low) + logarithm);
    }
}
