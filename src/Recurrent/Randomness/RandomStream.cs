using Recurrent.Kernels.Portable;
using Recurrent.Ranges;

namespace Recurrent.Randomness;

/// <summary>
/// One of the 2^64 independent random sequences of a seed, addressed by index: (seed, stream, index) → value. Nothing
/// is consumed and nothing is remembered, so values may be read in any order, by any number of threads, and are the
/// same bits on every machine.
/// </summary>
/// <remarks>
/// The value at an index is one <see cref="Philox"/> block with the seed as the key, the stream as the upper
/// and the index as the lower half of the counter. Every kind of value at an index is cut from that same
/// block: for independent values, use different indices or <see cref="Fork">fork</see> a stream for each purpose.
/// </remarks>
/// <param name="Seed">The number that a user changes to get a different run; every value is valid. Its
/// 64 bits are what counts, so -1 is the seed 18446744073709551615 of programs whose seeds have no sign.</param>
/// <param name="Stream">The number of the sequence under that seed; every value is valid.</param>
/// <example>
/// <code>
/// var random = RandomStream.Parameters(seed: 1).Fork(7);
/// Console.WriteLine(random.Normal(0)); // the same number each time and everywhere
/// var order = random.Permutation(10);
/// </code>
/// </example>
public readonly record struct RandomStream(long Seed, ulong Stream)
{
    // "Recurren" in ASCII: a key of its own keeps derived stream numbers apart from the values of any stream.
    private const ulong ForkKey = 0x5265_6375_7272_656E;

    /// <summary>Returns the stream of a seed for initial parameters, forked by the parameter's position.</summary>
    /// <remarks>Each purpose has its own stream, so that a change in one use leaves the others as they were.</remarks>
    public static RandomStream Parameters(long seed) => new(seed, 0);

    /// <summary>Returns the stream of a seed for offsets and orders of minibatches.</summary>
    public static RandomStream Batching(long seed) => new(seed, 1);

    /// <summary>Returns the stream of a seed for what dropout drops, forked by the minibatch's number.</summary>
    public static RandomStream Dropout(long seed) => new(seed, 2);

    /// <summary>Returns the stream of a seed for tokens drawn in generation, forked by the sample's number.</summary>
    public static RandomStream Sampling(long seed) => new(seed, 3);

    /// <summary>Returns the stream of a seed for the lines that are held out.</summary>
    internal static RandomStream HeldOutLines(long seed) => new(seed, 4);

    /// <summary>Returns 32 uniformly random bits.</summary>
    /// <param name="index">The index of the value in the stream.</param>
    public uint UInt32(ulong index) => (uint)Bits(index);

    /// <summary>
    /// Returns a uniformly random number from the open interval (0, 1): an odd multiple of 2^-53, so neither 0
    /// nor 1, and symmetric about one half.
    /// </summary>
    /// <param name="index">The index of the value in the stream.</param>
    public double Uniform(ulong index) => ((Bits(index) >> 12) + 0.5) * (1.0 / (1L << 52));

    /// <summary>
    /// Returns a uniformly random integer from 0 to <paramref name="bound"/> - 1: the upper half of the
    /// product of the bound with 64 random bits. Each integer's probability differs from 1/bound by less than
    /// 2^-64.
    /// </summary>
    /// <param name="bound">The number of integers to choose from, at least 1.</param>
    /// <param name="index">The index of the value in the stream.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is below 1.</exception>
    public int Below(int bound, ulong index)
    {
        if (bound < 1)
        {
            throw Within.AtLeast(1).Error("The bound", bound, "ask for one of 1 or more integers");
        }
        return (int)Math.BigMul(Bits(index), (ulong)bound, out _);
    }

    /// <summary>
    /// Returns a standard normal number (mean 0, variance 1): the normal quantile of <see cref="Uniform"/> at
    /// the same index, computed in double precision by Wichura's AS 241 and rounded once. Its magnitude stays
    /// below 8.3.
    /// </summary>
    /// <param name="index">The index of the value in the stream.</param>
    public float Normal(ulong index) => (float)NormalQuantile.Of(Uniform(index));

    /// <summary>
    /// Returns the integers from 0 to <paramref name="count"/> - 1 in random order: the Fisher–Yates shuffle
    /// (Durstenfeld's form), whose exchange at position i is decided by this stream's value at index i.
    /// </summary>
    /// <param name="count">The number of integers, at least 0.</param>
    /// <returns>The permutation, of shape (count).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public int[] Permutation(int count)
    {
        Within.AtLeast(0).Require("The count", count, "pass the number of things to put in order");
        var permutation = new int[count];
        for (var i = 0; i < count; i++)
        {
            permutation[i] = i;
        }
        for (var i = count - 1; i > 0; i--)
        {
            var other = Below(i + 1, (ulong)i);
            (permutation[i], permutation[other]) = (permutation[other], permutation[i]);
        }
        return permutation;
    }

    /// <summary>
    /// Derives a new stream of the same seed, for a part of the work that draws values of its own. Its
    /// number is the lower half of the Philox block of (this stream, <paramref name="child"/>) under a fixed
    /// key, so that forks of forks stay apart too: among n streams, any two coincide with a probability of
    /// about n²/2^65.
    /// </summary>
    /// <param name="child">The number of the derived stream; every value is valid.</param>
    public RandomStream Fork(ulong child) =>
        this with
        {
            Stream = (ulong)Philox.Block(new UInt128(Stream, child), ForkKey),
        };

    private ulong Bits(ulong index) => (ulong)Philox.Block(new UInt128(Stream, index), unchecked((ulong)Seed));
}
