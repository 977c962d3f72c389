using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Recurrent.Kernels.Portable;

namespace Recurrent.Kernels.Elements;

/// <summary>Four blocks of <see cref="Philox"/> with consecutive counters, computed side by side.</summary>
/// <remarks>
/// Each 32-bit word takes a lane of 64 bits, so that products need no shuffles; the upper half is ignored.
/// </remarks>
internal static class FourPhiloxBlocks
{
    /// <summary>The blocks of the counters (upper, first) to (upper, first + 3).</summary>
    /// <param name="upper">The upper half of the counters.</param>
    /// <param name="first">The lower half of the first counter, at most 2³² − 4.</param>
    /// <param name="key">The key.</param>
    /// <returns>(4) words 0 and 1 of each block, then (4) words 2 and 3; the lower word in the lower half.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<ulong> Words01, Vector256<ulong> Words23) Of(ulong upper, uint first, ulong key)
    {
        var c0 = Vector256.Create((ulong)first) + Vector256.Create(0UL, 1, 2, 3);
        var c1 = Vector256<ulong>.Zero;
        var c2 = Vector256.Create(upper);
        var c3 = Vector256.Create(upper >> 32);
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var product0 = Product(c0, Philox.Multiplier0);
            var product1 = Product(c2, Philox.Multiplier1);
            c0 = (product1 >> 32) ^ c1 ^ Vector256.Create((ulong)k0);
            c1 = product1;
            c2 = (product0 >> 32) ^ c3 ^ Vector256.Create((ulong)k1);
            c3 = product0;
            unchecked
            {
                k0 += Philox.KeyIncrement0;
                k1 += Philox.KeyIncrement1;
            }
        }
        return (Pair(c0, c1), Pair(c2, c3));
    }

    /// <summary>The 64-bit products of the lower halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Product(Vector256<ulong> words, uint multiplier) =>
        Avx2.IsSupported
            ? Avx2.Multiply(words.AsUInt32(), Vector256.Create(multiplier))
            : (words & Vector256.Create((ulong)uint.MaxValue)) * multiplier;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Pair(Vector256<ulong> lower, Vector256<ulong> upper) =>
        (lower & Vector256.Create((ulong)uint.MaxValue)) | (upper << 32);
}
