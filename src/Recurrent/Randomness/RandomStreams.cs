namespace Recurrent.Randomness;

/// <summary>The stream of each purpose under one seed, so that a change in one use leaves the others as they were.</summary>
public static class RandomStreams
{
    /// <summary>Initial parameters; fork it by the parameter's place.</summary>
    public static RandomStream Parameters(ulong seed) => new(seed, 0);

    /// <summary>Offsets and orders of minibatches.</summary>
    public static RandomStream Batching(ulong seed) => new(seed, 1);

    /// <summary>What dropout drops while training; fork it by the number of the minibatch.</summary>
    public static RandomStream Dropout(ulong seed) => new(seed, 2);

    /// <summary>Tokens drawn while generating; fork it by the number of the sample.</summary>
    public static RandomStream Sampling(ulong seed) => new(seed, 3);
}
