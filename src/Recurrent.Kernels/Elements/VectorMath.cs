using System.Runtime.CompilerServices;
using Recurrent.Kernels.Vectors;

namespace Recurrent.Kernels.Elements;

/// <summary>exp, tanh and sigmoid in float32, the same bits at every width.</summary>
/// <remarks>
/// The polynomials are least-maximum fits of this project over the stated intervals, rounded to float32. Every
/// step is one IEEE operation; the tests hold each function to a few units in the last place of the double result.
/// </remarks>
internal static class VectorMath<V>
    where V : unmanaged, IVector<V>
{
    // Adding 1.5·2²³ rounds to an integer, which then stands in the low bits.
    private const float Rounder = 12582912f;
    private const float Log2OfE = 1.44269504f;
    private const float Ln2High = 0.693359375f; // 9 bits, so that n·Ln2High is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float Smallest = -86.5f; // below it the result is no normal number with room to spare: 0
    private const float Largest = 88f;

    /// <summary>eˣ: 0 below −86.5, infinity above 88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        var result = V.IfGreater(x, V.Broadcast(Largest), V.Broadcast(float.PositiveInfinity), ExpBelow(x));
        return KeepNaN(x, result);
    }

    /// <summary>eˣ up to 88; of a NaN anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpBelow(V x)
    {
        var rounder = V.Broadcast(Rounder);
        var biased = V.FusedMultiplyAdd(x, V.Broadcast(Log2OfE), rounder);
        var n = biased - rounder;
        var r = V.FusedMultiplyAdd(n, V.Broadcast(-Ln2High), x);
        r = V.FusedMultiplyAdd(n, V.Broadcast(-Ln2Low), r);
        // eʳ = 1 + r + r²·q(r), |r| ≤ ln2 / 2
        var q = V.Broadcast(0.0013814459f);
        q = V.FusedMultiplyAdd(q, r, V.Broadcast(0.0083687818f));
        q = V.FusedMultiplyAdd(q, r, V.Broadcast(0.041668393f));
        q = V.FusedMultiplyAdd(q, r, V.Broadcast(0.16666520f));
        q = V.FusedMultiplyAdd(q, r, V.Broadcast(0.49999994f));
        var power = V.FusedMultiplyAdd(r * r, q, r) + V.Broadcast(1f);
        var result = V.ScaleByPowerOfTwo(power, biased);
        return V.IfGreater(V.Broadcast(Smallest), x, V.Broadcast(0f), result);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        var one = V.Broadcast(1f);
        return one / (one + Exp(V.Broadcast(0f) - x));
    }

    /// <summary>tanh x: an odd polynomial up to |x| = 0.625, (1 − e^(−2|x|)) / (1 + e^(−2|x|)) beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        var magnitude = V.Abs(x);
        var square = x * x;
        var p = V.Broadcast(-0.0057170056f);
        p = V.FusedMultiplyAdd(p, square, V.Broadcast(0.020650549f));
        p = V.FusedMultiplyAdd(p, square, V.Broadcast(-0.053743485f));
        p = V.FusedMultiplyAdd(p, square, V.Broadcast(0.13331491f));
        p = V.FusedMultiplyAdd(p, square, V.Broadcast(-0.33333284f));
        var small = V.FusedMultiplyAdd(p * square, x, x);
        var decay = ExpBelow(magnitude * V.Broadcast(-2f)); // of a NaN not taken
        var one = V.Broadcast(1f);
        var large = V.CopySign((one - decay) / (one + decay), x);
        return V.IfGreater(magnitude, V.Broadcast(0.625f), large, small);
    }

    // Integer arithmetic on the bits of a NaN gives anything; adding 0·x brings the NaN back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V KeepNaN(V x, V result)
    {
        var infinite = V.IfGreater(V.Abs(x), V.Broadcast(float.MaxValue), V.Broadcast(0f), x);
        return V.FusedMultiplyAdd(infinite, V.Broadcast(0f), result);
    }
}
