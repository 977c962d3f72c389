using Recurrent.Randomness;

namespace Recurrent.Batching;

/// <summary>
/// Cuts the sequence into as many long strips as a minibatch has rows and moves along all of them at once: row i of
/// each minibatch continues row i of the one before. It is <c>seq_data_iter_sequential</c> of chapter 8.3.
/// </summary>
/// <remarks>
/// After a random offset below the number of steps, each strip is (length - offset - 1) / batch tokens long, rounded
/// down, and an epoch has as many minibatches as whole windows fit into a strip.
/// </remarks>
/// <param name="batchSize">The number of windows in each minibatch, at least 1.</param>
/// <param name="steps">The number of time steps in each window, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
/// <example>
/// <code>
/// var sampler = new SequentialPartition(batchSize: 32, steps: 35);
/// </code>
/// </example>
public sealed class SequentialPartition(int batchSize, int steps) : BatchSampler(batchSize, steps)
{
    /// <inheritdoc/>
    public override string Name => "sequential";

    /// <summary>True: each row continues the same row of the minibatch before.</summary>
    public override bool CarriesState => true;

    /// <inheritdoc/>
    protected override (long Minibatches, Func<long, int, long> StartOf) Plan(long tokens, RandomStream random)
    {
        var strip = (tokens - 1) / BatchSize; // the last token of all is only ever predicted
        return (strip / Steps, (minibatch, row) => (row * strip) + (minibatch * Steps));
    }
}
