using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Batching;

/// <summary>
/// Cuts the sequence into as many long strips as a minibatch has rows and moves along all of them at once:
/// row i of each minibatch continues row i of the one before. It is <c>seq_data_iter_sequential</c> of
/// chapter 8.3.
/// </summary>
/// <remarks>
/// After a random offset below the number of steps, each strip is (length - offset - 1) / batch tokens long,
/// rounded down, and an epoch has as many minibatches as whole windows fit into a strip.
/// </remarks>
/// <param name="batchSize">The number of windows in each minibatch, at least 1.</param>
/// <param name="steps">The number of time steps in each window, at least 1.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
public sealed class SequentialPartition(int batchSize, int steps) : BatchSampler(batchSize, steps)
{
    /// <summary>True: each row continues the same row of the minibatch before.</summary>
    public override bool CarriesState => true;

    private protected override IEnumerable<Minibatch> Cut(TokenSequence tokens, RandomStream random, int skip)
    {
        var rest = SkipOffset(tokens, random);
        var stripLength = (rest.Length - 1) / BatchSize; // the last token of all is only ever predicted
        var buffer = new WindowBuffer(BatchSize, Steps);
        var minibatches = stripLength / Steps;
        for (var minibatch = skip; minibatch < minibatches; minibatch++)
        {
            for (var row = 0; row < BatchSize; row++)
            {
                buffer.SetRow(row, rest, (row * stripLength) + (minibatch * Steps));
            }
            yield return buffer.Minibatch;
        }
    }
}
