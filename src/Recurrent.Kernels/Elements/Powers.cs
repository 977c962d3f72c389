using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    private static ReadOnlySpan<double> Inverses =>
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
            1.0 / 16,
        ];

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
    private static void Two<V>(ref double values, double shift, double scale)
        where V : struct, IDoubles<V>
    {
        var (s, t) = (V.Broadcast(shift), V.Broadcast(scale));
        var a = (V.Load(ref values) - s) / t;
        var b = (V.Load(ref Unsafe.Add(ref values, V.Width)) - s) / t;
        var (ra, rb) = (Remainder(a), Remainder(b));
        var one = V.Broadcast(1);
        var (sa, sb) = (one, one);
        ref var inverses = ref MemoryMarshal.GetReference(Inverses);
        for (var i = 16; i > 0; i--)
        {
            // Horner's form of Σ rⁱ/i!, not fused, as in the scalar code
            var (y, minus) = (V.Broadcast(Unsafe.Add(ref inverses, i)), V.Broadcast(-i));
            sa = one + (Quotient(ra, minus, y) * sa);
            sb = one + (Quotient(rb, minus, y) * sb);
        }
        V.Store(Scaled(sa, a), ref values);
        V.Store(Scaled(sb, b), ref Unsafe.Add(ref values, V.Width));
    }

    /// <summary>The multiple of ln 2 next to x, in ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exponent<V>(V x)
        where V : struct, IDoubles<V> =>
        V.Floor(Quotient(x, V.Broadcast(-Ln2), V.Broadcast(1 / Ln2)) + V.Broadcast(0.5));

    /// <summary>What x is beyond that multiple.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Remainder<V>(V x)
        where V : struct, IDoubles<V>
    {
        var n = Exponent(x);
        return x - (n * V.Broadcast(Ln2High)) - (n * V.Broadcast(Ln2Low));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Quotient<V>(V x, V minusDivisor, V inverse)
        where V : struct, IDoubles<V>
    {
        var q = x * inverse;
        return V.FusedMultiplyAdd(V.FusedMultiplyAdd(q, minusDivisor, x), inverse, q);
    }

    /// <summary>e^x of the power of its remainder, within the bounds of the scalar code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Scaled<V>(V sum, V x)
        where V : struct, IDoubles<V>
    {
        var power = sum * V.PowerOfTwo(Exponent(x));
        power = V.IfLess(x, V.Broadcast(-708), V.Broadcast(0), power);
        return V.IfLess(V.Broadcast(709), x, V.Broadcast(double.PositiveInfinity), power);
    }
}
