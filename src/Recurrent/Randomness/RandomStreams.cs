namespace Recurrent.Randomness;

/// <summary>
/// The streams of a seed, one for each purpose, so that a change in one use leaves the others as they were.
/// </summary>
public static class RandomStreams
{
    /// <summary>Returns the stream for initial parameters, forked by the parameter's position.</summary>
    public static RandomStream Parameters(ulong seed) => new(seed, 0);

    /// <summary>Returns the stream for offsets and orders of minibatches.</summary>
    public static RandomStream Batching(ulong seed) => new(seed, 1);

    /// <summary>Returns the stream for the values that dropout drops, forked by the number of the minibatch.</summary>
    public static RandomStream Dropout(ulong seed) => new(seed, 2);

    /// <summary>Returns the stream for the tokens drawn in generation, forked by the number of the sample.</summary>
    public static RandomStream Sampling(ulong seed) => new(seed, 3);
}
