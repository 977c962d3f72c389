using System.Runtime.CompilerServices;

namespace Recurrent.Kernels.Vectors;

/// <summary>The functions of one float32 element and their derivatives, the same bits at every width.</summary>
/// <remarks>
/// The polynomials are least-maximum fits of this project over the stated intervals, rounded to float32. Every
/// step is one IEEE operation; the tests hold each function to a few units in the last place of the double result.
/// </remarks>
internal static class VectorMath<V>
    where V : unmanaged, IVector<V>
{
    // Adding 1.5·2²³ rounds to an integer, which is then in the low bits.
    private const float Rounder = 12582912f;
    private const float Log2OfE = 1.44269504f;
    private const float Ln2High = 0.693359375f; // 9 bits, so that n·Ln2High is exact
    private const float Ln2Low = -2.12194440e-4f;
    private const float Smallest = -86.5f; // below it the result is not a normal number with room to spare: 0
    private const float Largest = 88f;

    /// <summary>eˣ: 0 below −86.5, infinity above 88.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        var result = V.IfGreater(x, Largest, float.PositiveInfinity, ExpBelow(x));
        return KeepNaN(x, result);
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V one = 1f;
        return one / (one + Exp(-x));
    }

    /// <summary>The gradient dy passed back through y = sigmoid(·): dy·y·(1 − y).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V SigmoidBackward(V y, V dy) => dy * (y * (1f - y));

    /// <summary>tanh x: an odd polynomial up to |x| = 0.625, (1 − e^(−2|x|)) / (1 + e^(−2|x|)) beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        var magnitude = V.Abs(x);
        var square = x * x;
        V p = -0.0057170056f;
        p = V.FusedMultiplyAdd(p, square, 0.020650549f);
        p = V.FusedMultiplyAdd(p, square, -0.053743485f);
        p = V.FusedMultiplyAdd(p, square, 0.13331491f);
        p = V.FusedMultiplyAdd(p, square, -0.33333284f);
        var small = V.FusedMultiplyAdd(p * square, x, x);
        var decay = ExpBelow(magnitude * -2f); // of a NaN not taken
        V one = 1f;
        var large = V.CopySign((one - decay) / (one + decay), x);
        return V.IfGreater(magnitude, 0.625f, large, small);
    }

    /// <summary>The gradient dy passed back through y = tanh(·): dy·(1 − y²).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V TanhBackward(V y, V dy) => dy * V.FusedMultiplyAdd(-y, y, 1f);

    /// <summary>max(x, 0); NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Relu(V x) => V.IfGreater(0f, x, 0f, x);

    /// <summary>The gradient dy passed back through y = ReLU(·): dy where y is positive, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ReluBackward(V y, V dy) => V.IfGreater(y, 0f, dy, 0f);

    /// <summary>eˣ up to 88; of a NaN anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpBelow(V x)
    {
        V rounder = Rounder;
        var biased = V.FusedMultiplyAdd(x, Log2OfE, rounder);
        var n = biased - rounder;
        var r = V.FusedMultiplyAdd(n, -Ln2High, x);
        r = V.FusedMultiplyAdd(n, -Ln2Low, r);
        // eʳ = 1 + r + r²·q(r), |r| ≤ ln2 / 2
        V q = 0.0013814459f;
        q = V.FusedMultiplyAdd(q, r, 0.0083687818f);
        q = V.FusedMultiplyAdd(q, r, 0.041668393f);
        q = V.FusedMultiplyAdd(q, r, 0.16666520f);
        q = V.FusedMultiplyAdd(q, r, 0.49999994f);
        var power = V.FusedMultiplyAdd(r * r, q, r) + 1f;
        var result = V.ScaleByPowerOfTwo(power, biased);
        return V.IfGreater(Smallest, x, 0f, result);
    }

    // Integer arithmetic on the bits of a NaN gives anything; adding 0·x brings the NaN back.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V KeepNaN(V x, V result)
    {
        var finite = V.IfGreater(V.Abs(x), float.MaxValue, 0f, x);
        return V.FusedMultiplyAdd(finite, 0f, result);
    }
}
