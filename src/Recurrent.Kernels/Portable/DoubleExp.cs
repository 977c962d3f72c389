using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Recurrent.Kernels.Portable;

/// <summary>Many exponentials in double precision at once, with the bits of <see cref="PortableMath.Exp"/>.</summary>
/// <remarks>
/// Vectors take the scalar function's steps one by one, each of which IEEE 754 fixes to the bit, except for its
/// quotients by constants. r / b is fma(r, h, r·l) here, with h = 1/b rounded, and l = 1/b − h rounded. That is off
/// the true quotient by less than 2⁻⁵⁰ of a unit in the last place before it is rounded. For an integer b up to 15,
/// not a power of two, the true quotient is at least 1/30 of a unit off the midpoint of two neighbours, and never on
/// it, because b times a midpoint takes more than 53 bits. So both round to the same number. (Quotients too small to
/// be normal numbers are added to 1, where they are lost in either way.) The quotient by ln 2 only decides the
/// integer n; the tests try every number near a border. The quotient by the temperature is a division.
/// </remarks>
internal static class DoubleExp
{
    private const double Rounder = 6755399441055744.0; // 1.5·2⁵² + n has n in its low bits

    // 1/b − its rounded value, for b = 0 to 15, of which 0 is not used.
    private static ReadOnlySpan<double> Rests =>
        [
            0,
            0,
            0,
            1.850371707708594e-17,
            0,
            -1.1102230246251566e-17,
            9.25185853854297e-18,
            7.93016446160826e-18,
            0,
            6.1679056923619804e-18,
            -5.551115123125783e-18,
            -2.523234146875356e-18,
            4.625929269271485e-18,
            -4.270088556250602e-18,
            3.96508223080413e-18,
            9.251858538542971e-19,
        ];

    // 1/b, rounded.
    private static ReadOnlySpan<double> Reciprocals =>
        [
            0,
            1.0 / 1,
            1.0 / 2,
            1.0 / 3,
            1.0 / 4,
            1.0 / 5,
            1.0 / 6,
            1.0 / 7,
            1.0 / 8,
            1.0 / 9,
            1.0 / 10,
            1.0 / 11,
            1.0 / 12,
            1.0 / 13,
            1.0 / 14,
            1.0 / 15,
        ];

    /// <summary>weights = exp((logits − highest) / temperature).</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="highest">What is taken off each logit: mostly the highest of them.</param>
    /// <param name="temperature">The divisor.</param>
    /// <param name="weights">As long as the logits.</param>
    /// <param name="sum">What the weights are added to, one by one, while the next ones are computed.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double OfScaledDifferences(
        ReadOnlySpan<float> logits,
        double highest,
        double temperature,
        Span<double> weights,
        double sum = 0
    )
    {
        CheckLengths(logits.Length, weights.Length);
        var i = 0;
        for (; i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(logits[i..]), out var low, out var high);
            low.CopyTo(weights[i..]);
            high.CopyTo(weights[(i + Vector<double>.Count)..]);
        }
        for (; i < logits.Length; i++)
        {
            weights[i] = logits[i];
        }
        return OfScaledDifferences(weights, highest, temperature, weights, sum);
    }

    /// <summary>weights = exp((logits − highest) / temperature).</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="highest">What is taken off each logit: mostly the highest of them.</param>
    /// <param name="temperature">The divisor.</param>
    /// <param name="weights">As long as the logits; may be the same memory.</param>
    /// <param name="sum">What the weights are added to, one by one, while the next ones are computed.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double OfScaledDifferences(
        ReadOnlySpan<double> logits,
        double highest,
        double temperature,
        Span<double> weights,
        double sum = 0
    )
    {
        CheckLengths(logits.Length, weights.Length);
        var wide = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            wide = logits.Length - (logits.Length % FourVectors512.Width); // the rest is quicker in narrow ones
            sum = OfScaledDifferences<FourVectors512>(logits[..wide], highest, temperature, weights[..wide], sum);
        }
        return OfScaledDifferences<FourVectors>(logits[wide..], highest, temperature, weights[wide..], sum);
    }

    /// <summary>The same in vectors of one width.</summary>
    [SkipLocalsInit]
    internal static double OfScaledDifferences<V>(
        ReadOnlySpan<double> logits,
        double highest,
        double temperature,
        Span<double> weights,
        double sum = 0
    )
        where V : struct, IFourVectors<V>, IReal<V>
    {
        CheckLengths(logits.Length, weights.Length);
        var i = 0;
        for (; i <= logits.Length - V.Width; i += V.Width)
        {
            RunBlock<V>(logits[i..], highest, temperature, weights[i..]);
            sum = PortableMath.Add(sum, weights.Slice(i, V.Width));
        }
        if (i < logits.Length)
        {
            Span<double> rest = stackalloc double[V.Width];
            rest.Clear();
            logits[i..].CopyTo(rest);
            RunBlock<V>(rest, highest, temperature, rest);
            rest[..(logits.Length - i)].CopyTo(weights[i..]);
            sum = PortableMath.Add(sum, weights[i..]);
        }
        return sum;
    }

    // Not inlined: twice in one method, it is too much for the compiler, which then calls every operation.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunBlock<V>(
        ReadOnlySpan<double> logits,
        double highest,
        double temperature,
        Span<double> weights
    )
        where V : struct, IFourVectors<V>, IReal<V>
    {
        var x = (V.Load(logits) - highest) / temperature;
        var n = V.Floor(Quotient(x, 1 / PortableMath.Ln2, 6.862319477932677e-17) + 0.5);
        var r = x - (n * PortableMath.Ln2High) - (n * PortableMath.Ln2Low);
        // Horner's form of Σ rⁱ/i!, i from 16 down; where i is a power of two, a quotient is an exact product.
        var sum = V.FusedMultiplyAdd(r, 1.0 / 16, 1);
        sum = Horner(r, sum, from: 15, to: 9);
        sum = V.FusedMultiplyAdd(r * sum, 1.0 / 8, 1);
        sum = Horner(r, sum, from: 7, to: 5);
        sum = V.FusedMultiplyAdd(r * sum, 1.0 / 4, 1);
        sum = Horner(r, sum, from: 3, to: 3);
        sum = V.FusedMultiplyAdd(r * sum, 1.0 / 2, 1);
        sum = (r * sum) + 1;
        var exp = sum * V.ShiftBits(n + Rounder, DoubleBits.ExponentBias, DoubleBits.MantissaBits);
        exp = V.IfGreater(PortableMath.SmallestExponent, x, 0, exp);
        exp = V.IfGreater(x, PortableMath.LargestExponent, double.PositiveInfinity, exp);
        V.Store(V.KeepNaN(x, exp), weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Horner<V>(V r, V sum, int from, int to)
        where V : struct, IFourVectors<V>, IReal<V>
    {
        for (var term = from; term >= to; term--)
        {
            sum = (Quotient(r, Reciprocals[term], Rests[term]) * sum) + 1;
        }
        return sum;
    }

    /// <summary>The quotient by a constant, from its reciprocal and what the reciprocal's rounding left over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Quotient<V>(V x, double reciprocal, double rest)
        where V : struct, IFourVectors<V>, IReal<V> => V.FusedMultiplyAdd(x, reciprocal, x * rest);

    private static void CheckLengths(int logits, int weights)
    {
        if (logits != weights)
        {
            throw new ArgumentException(
                $"{logits} logits do not fit {weights} weights; give room for one each.",
                nameof(weights)
            );
        }
    }
}
