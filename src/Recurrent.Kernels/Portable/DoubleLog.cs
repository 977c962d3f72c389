using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Recurrent.Kernels.Portable;

/// <summary>Many natural logarithms at once, with the bits of <see cref="PortableMath.Log(double)"/>.</summary>
internal static class DoubleLog
{
    /// <summary>logarithms = ln values, in double precision and then to the nearest float32.</summary>
    /// <param name="values">Positive, normal numbers, such as probabilities above 0.</param>
    /// <param name="logarithms">As long as the values.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Of(ReadOnlySpan<double> values, Span<float> logarithms)
    {
        if (values.Length != logarithms.Length)
        {
            throw new ArgumentException(
                $"{values.Length} values do not fit {logarithms.Length} logarithms; give room for one each.",
                nameof(logarithms)
            );
        }
        var wide = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            wide = values.Length - (values.Length % FourVectors512.Width); // the rest is quicker in narrow ones
            Of<FourVectors512>(values[..wide], logarithms[..wide]);
        }
        Of<FourVectors>(values[wide..], logarithms[wide..]);
    }

    /// <summary>The same in vectors of one width.</summary>
    [SkipLocalsInit]
    internal static void Of<V>(ReadOnlySpan<double> values, Span<float> logarithms)
        where V : struct, IFourVectors<V>
    {
        var i = 0;
        for (; i <= values.Length - V.Width; i += V.Width)
        {
            RunBlock<V>(values[i..], logarithms[i..]);
        }
        if (i < values.Length)
        {
            Span<double> rest = stackalloc double[V.Width];
            Span<float> results = stackalloc float[V.Width];
            rest.Fill(1);
            values[i..].CopyTo(rest);
            RunBlock<V>(rest, results);
            results[..(values.Length - i)].CopyTo(logarithms[i..]);
        }
    }

    // Not inlined: twice in one method, it is too much for the compiler, which then calls every operation.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunBlock<V>(ReadOnlySpan<double> values, Span<float> logarithms)
        where V : struct, IFourVectors<V>
    {
        var (mantissa, exponent) = V.Split(V.Load(values));
        V.Store(PortableMath.Log(mantissa, exponent), logarithms);
    }
}
