using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Portable;

/// <summary>
/// Natural exponential, logarithm and cosine in double precision from additions, multiplications and divisions alone,
/// which IEEE 754 fixes to the bit. The system's own functions differ between machines in their last bits.
/// </summary>
internal static class PortableMath
{
    internal const double Ln2 = 0.69314718055994530942;
    internal const double Ln2High = 0.693147180369123816490; // 33 bits, so that n·Ln2High is exact
    internal const double Ln2Low = 1.90821492927058770002e-10;
    internal const double SmallestExponent = -708; // below it eˣ is 0
    internal const double LargestExponent = 709; // above it eˣ is infinite
    internal const int ExpTerms = 16;
    private const double SquareRootOfTwo = 1.4142135623730951;

    /// <summary>The sum of values, added one by one to what there is.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // beside a call the sum would stand in memory, at thrice the time
    public static double Add(double sum, ReadOnlySpan<double> values)
    {
        foreach (var value in values)
        {
            sum += value;
        }
        return sum;
    }

    /// <summary>e to the power of <paramref name="x"/>, to about 1e-15 relative.</summary>
    /// <returns>0 below −708 and infinity above 709; NaN for NaN.</returns>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }
        if (x < SmallestExponent)
        {
            return 0;
        }
        if (x > LargestExponent)
        {
            return double.PositiveInfinity;
        }
        var n = Math.Floor((x / Ln2) + 0.5);
        var r = x - (n * Ln2High) - (n * Ln2Low);
        var sum = 1.0;
        for (var term = ExpTerms; term > 0; term--)
        {
            sum = 1 + (r / term * sum); // Horner's form of Σ rⁱ/i!
        }
        return sum * BitConverter.Int64BitsToDouble(((long)n + 1023) << 52);
    }

    /// <summary>The natural logarithm of <paramref name="x"/>, to about 1e-15 relative.</summary>
    /// <returns>−infinity for 0, NaN below 0 and for NaN; infinity for infinity.</returns>
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0)
        {
            return double.NaN;
        }
        if (x == 0)
        {
            return double.NegativeInfinity;
        }
        if (double.IsPositiveInfinity(x))
        {
            return x;
        }
        var exponent = -1023;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984.0; // 2⁵⁴ makes it a normal number
            exponent -= 54;
        }
        var bits = BitConverter.DoubleToInt64Bits(x);
        exponent += (int)(bits >> 52);
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000); // [1, 2)
        return Log<Real>(mantissa, exponent).Value;
    }

    /// <summary>The natural logarithm of mantissa·2ᵉ, with a mantissa of 1 or more and below 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T mantissa, T exponent)
        where T : struct, IReal<T>
    {
        T root = SquareRootOfTwo;
        exponent = T.IfGreater(mantissa, root, exponent + 1, exponent);
        mantissa = T.IfGreater(mantissa, root, mantissa / 2, mantissa);
        // ln m = 2·artanh(s) = 2·(s + s³/3 + s⁵/5 + …), |s| ≤ 0.172
        var s = (mantissa - 1) / (mantissa + 1);
        var square = s * s;
        var series = 1.0 / 23 * square;
        series = (series + (1.0 / 21)) * square;
        series = (series + (1.0 / 19)) * square;
        series = (series + (1.0 / 17)) * square;
        series = (series + (1.0 / 15)) * square;
        series = (series + (1.0 / 13)) * square;
        series = (series + (1.0 / 11)) * square;
        series = (series + (1.0 / 9)) * square;
        series = (series + (1.0 / 7)) * square;
        series = (series + (1.0 / 5)) * square;
        series = (series + (1.0 / 3)) * square;
        return (exponent * Ln2High) + ((exponent * Ln2Low) + ((2 * s) + (2 * s * series)));
    }

    /// <summary>The cosine of π·<paramref name="x"/>, to about 1e-15 absolute.</summary>
    /// <param name="x">0 to 1, half a turn.</param>
    /// <returns>1 to −1; NaN for NaN.</returns>
    public static double CosineOfHalfTurn(double x)
    {
        if (x > 0.5)
        {
            return -CosineOfHalfTurn(1 - x);
        }
        var square = Math.PI * x * (Math.PI * x);
        var sum = 1.0;
        for (var term = 22; term > 0; term -= 2)
        {
            sum = 1 - (square / (term * (term - 1)) * sum); // Horner's form of Σ (−1)ⁱ·(πx)²ⁱ/(2i)!
        }
        return sum;
    }
}
