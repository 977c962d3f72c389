using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Recurrent.Kernels.Portable;

/// <summary>Many natural logarithms at once, with the bits of <see cref="PortableMath.Log(double)"/>.</summary>
internal static class DoubleLog
{
    /// <summary>
    /// logarithms = ln (values + scale·others), in double precision and then to the nearest float32.
    /// </summary>
    /// <param name="values">
    /// Numbers that add up to positive, normal ones with the others: probabilities above 0.
    /// </param>
    /// <param name="scale">The scale.</param>
    /// <param name="others">As long as the values.</param>
    /// <param name="logarithms">As long as the values.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void OfSum(
        ReadOnlySpan<double> values,
        double scale,
        ReadOnlySpan<double> others,
        Span<float> logarithms
    )
    {
        if (values.Length != logarithms.Length || values.Length != others.Length)
        {
            throw new ArgumentException(
                $"{values.Length} and {others.Length} values do not fit {logarithms.Length} logarithms; give room for "
                    + "one each.",
                nameof(logarithms)
            );
        }
        var wide = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            wide = values.Length - (values.Length % FourVectors512.Width); // the rest is quicker in narrow ones
            OfSum<FourVectors512>(values[..wide], scale, others[..wide], logarithms[..wide]);
        }
        OfSum<FourVectors>(values[wide..], scale, others[wide..], logarithms[wide..]);
    }

    /// <summary>The same in vectors of one width.</summary>
    [SkipLocalsInit]
    internal static void OfSum<V>(
        ReadOnlySpan<double> values,
        double scale,
        ReadOnlySpan<double> others,
        Span<float> logarithms
    )
        where V : struct, IFourVectors<V>, IReal<V>
    {
        var i = 0;
        for (; i <= values.Length - V.Width; i += V.Width)
        {
            RunBlock<V>(values[i..], scale, others[i..], logarithms[i..]);
        }
        if (i < values.Length)
        {
            Span<double> rest = stackalloc double[V.Width];
            Span<double> more = stackalloc double[V.Width];
            Span<float> results = stackalloc float[V.Width];
            rest.Fill(1);
            more.Clear();
            values[i..].CopyTo(rest);
            others[i..].CopyTo(more);
            RunBlock<V>(rest, scale, more, results);
            results[..(values.Length - i)].CopyTo(logarithms[i..]);
        }
    }

    // Not inlined: twice in one method, it is too much for the compiler, which then calls every operation.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunBlock<V>(
        ReadOnlySpan<double> values,
        double scale,
        ReadOnlySpan<double> others,
        Span<float> logarithms
    )
        where V : struct, IFourVectors<V>, IReal<V>
    {
        var (mantissa, exponent) = V.Split(V.Load(values) + (V.Load(others) * scale));
        V.Store(PortableMath.Log(mantissa, exponent), logarithms);
    }
}
