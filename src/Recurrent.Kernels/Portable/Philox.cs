namespace Recurrent.Kernels.Portable;

/// <summary>
/// Philox4x32-10: a block cipher in miniature that turns a 128-bit counter and a 64-bit key into 128 random
/// bits. There is no state to carry along: equal counters and keys give equal bits, on every machine.
/// </summary>
/// <remarks>
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11
/// (2011), https://doi.org/10.1145/2063384.2063405. Multipliers and key increments are those of the paper and
/// of Random123.
/// </remarks>
internal static class Philox
{
    internal const int Rounds = 10;
    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint KeyIncrement0 = 0x9E3779B9;
    internal const uint KeyIncrement1 = 0xBB67AE85;

    /// <summary>Computes the block of one counter under one key.</summary>
    /// <param name="counter">Four 32-bit words; word 0 is the lowest 32 bits.</param>
    /// <param name="key">Two 32-bit words; word 0 is the lower half.</param>
    /// <returns>Four 32-bit random words; word 0 is the lowest 32 bits.</returns>
    public static UInt128 Block(UInt128 counter, ulong key)
    {
        var (lower, upper) = ((ulong)counter, (ulong)(counter >> 64));
        var (c0, c1) = ((uint)lower, (uint)(lower >> 32));
        var (c2, c3) = ((uint)upper, (uint)(upper >> 32));
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = (
                (uint)(product1 >> 32) ^ c1 ^ k0,
                (uint)product1,
                (uint)(product0 >> 32) ^ c3 ^ k1,
                (uint)product0
            );
            unchecked
            {
                k0 += KeyIncrement0;
                k1 += KeyIncrement1;
            }
        }
        return new UInt128(((ulong)c3 << 32) | c2, ((ulong)c1 << 32) | c0);
    }
}
