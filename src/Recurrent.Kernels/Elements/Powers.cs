using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>
/// e^((x − shift) / scale) of many x in double precision, by the operations of <see cref="PortableMath.Exp"/> in vectors, so
/// that every width gives its bits.
/// </summary>
/// <remarks>
/// Its quotients by constants take no division: q ← r·y, then q ← q + (r − q·c)·y, where y is 1/c rounded and both steps are
/// fused. The first q is off by at most one unit in the last place where y's relative error is at most 2⁻⁵⁴, as it is for
/// all of these constants, so that the second is the quotient rounded once (Markstein, "Computation of elementary functions
/// on the IBM RISC System/6000 processor", 1990). Only where r is so small that the sum is 1 anyway may a bit of q differ.
/// </remarks>
internal static class Powers
{
    private const double Ln2 = 0.69314718055994530942;
    private const double Ln2High = 0.693147180369123816490;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>Overwrites values by their powers, at the widest vectors that the processor has.</summary>
    public static void Run(Span<double> values, double shift, double scale)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Double512>(values, shift, scale);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run<Double256>(values, shift, scale);
        }
        else
        {
            Run<Double128>(values, shift, scale);
        }
    }

    /// <summary>Overwrites values by their powers, at one width.</summary>
    public static void Run<V>(Span<double> values, double shift, double scale)
        where V : struct, IDoubles<V>
    {
        Span<double> last = stackalloc double[2 * V.Width];
        for (; values.Length >= last.Length; values = values[last.Length..])
        {
            Two<V>(ref values[0], shift, scale);
        }
        if (values.Length > 0)
        {
            last.Fill(shift);
            values.CopyTo(last);
            Two<V>(ref last[0], shift, scale);
            last[..values.Length].CopyTo(values);
        }
    }

    /// <summary>Two vectors at once, since each one's operations wait for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two<V>(ref double values, double shift, double scale)
        where V : struct, IDoubles<V>
    {
        ref var second = ref Unsafe.Add(ref values, V.Width);
        var (s, t) = (V.Broadcast(shift), V.Broadcast(scale));
        var a = (V.Load(ref values) - s) / t;
        var b = (V.Load(ref second) - s) / t;
        var (na, nb) = (Exponent(a), Exponent(b));
        var (ra, rb) = (Remainder(a, na), Remainder(b, nb));
        var one = V.Broadcast(1);
        var (sumA, sumB) = (one, one);
        for (var term = 16; term > 0; term--)
        {
            // Horner's form of Σ rⁱ/i!, not fused, as the scalar code is
            sumA = one + (Quotient(ra, term, 1.0 / term) * sumA);
            sumB = one + (Quotient(rb, term, 1.0 / term) * sumB);
        }
        V.Store(Bounded(a, sumA * V.PowerOfTwo(na)), ref values);
        V.Store(Bounded(b, sumB * V.PowerOfTwo(nb)), ref second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exponent<V>(V x)
        where V : struct, IDoubles<V> => V.Floor(Quotient(x, Ln2, 1 / Ln2) + V.Broadcast(0.5));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Remainder<V>(V x, V n)
        where V : struct, IDoubles<V> => x - (n * V.Broadcast(Ln2High)) - (n * V.Broadcast(Ln2Low));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Quotient<V>(V x, double divisor, double inverse)
        where V : struct, IDoubles<V>
    {
        var y = V.Broadcast(inverse);
        var q = x * y;
        return V.FusedMultiplyAdd(V.FusedMultiplyAdd(q, V.Broadcast(-divisor), x), y, q);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Bounded<V>(V x, V power)
        where V : struct, IDoubles<V>
    {
        power = V.IfLess(x, V.Broadcast(-708), V.Broadcast(0), power);
        return V.IfLess(V.Broadcast(709), x, V.Broadcast(double.PositiveInfinity), power);
    }
}
