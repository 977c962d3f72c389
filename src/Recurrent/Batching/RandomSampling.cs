using Recurrent.Randomness;

namespace Recurrent.Batching;

/// <summary>
/// Cuts the sequence into windows without overlap and draws them in random order: rows that follow each other in
/// minibatches have nothing to do with each other. It is <c>seq_data_iter_random</c> of chapter 8.3.
/// </summary>
/// <remarks>
/// After a random offset below the number of steps there are (length - offset - 1) / steps windows, rounded down, and
/// an epoch has as many minibatches as they fill.
/// </remarks>
/// <param name="batchSize">The number of windows in each minibatch, at least 1.</param>
/// <param name="steps">The number of time steps in each window, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
/// <example>
/// <code>
/// var sampler = new RandomSampling(batchSize: 32, steps: 35);
/// </code>
/// </example>
public sealed class RandomSampling(int batchSize, int steps) : BatchSampler(batchSize, steps)
{
    private const ulong OrderFork = 1;

    /// <inheritdoc/>
    public override string Name => "random";

    /// <summary>False: a state carried from one minibatch to the next would belong to other text.</summary>
    public override bool CarriesState => false;

    /// <inheritdoc/>
    protected override (long Minibatches, Func<long, int, long> StartOf) Plan(long tokens, RandomStream random)
    {
        var order = new WindowOrder((tokens - 1) / Steps, random.Fork(OrderFork));
        return (order.Count / BatchSize, (minibatch, row) => order[(minibatch * BatchSize) + row] * Steps);
    }
}
