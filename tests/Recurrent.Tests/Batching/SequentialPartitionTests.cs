using FsCheck.Fluent;
using Recurrent.Batching;

namespace Recurrent.Tests.Batching;

public sealed class SequentialPartitionTests
{
    [Fact]
    public void Carries_state() => Assert.True(new SequentialPartition(1, 1).CarriesState);

    [Fact]
    public void Row_i_of_a_minibatch_continues_row_i_of_the_one_before() =>
        Laws.Hold(
            BatchingCase.All.Where(drawn => drawn.Sequential),
            drawn =>
            {
                var epoch = drawn.Minibatches;
                return epoch
                    .Zip(epoch.Skip(1))
                    .All(pair =>
                        Enumerable
                            .Range(0, drawn.Batch)
                            .All(row => pair.First.Y[((row + 1) * drawn.Steps) - 1] == pair.Second.X[row * drawn.Steps])
                    );
            }
        );

    [Fact]
    public void Cuts_as_the_chapter_does() =>
        Laws.Hold(
            BatchingCase.All.Where(drawn => drawn.Sequential),
            drawn =>
            {
                // seq_data_iter_sequential, line by line; the offset is the first token, since tokens count
                // from 0.
                var epoch = drawn.Minibatches;
                var offset = epoch[0].X[0];
                var tokenCount = (drawn.Length - offset - 1) / drawn.Batch * drawn.Batch;
                var stripLength = tokenCount / drawn.Batch;
                var expected = Enumerable
                    .Range(0, stripLength / drawn.Steps)
                    .Select(minibatch =>
                        from row in Enumerable.Range(0, drawn.Batch)
                        from step in Enumerable.Range(0, drawn.Steps)
                        select offset + (row * stripLength) + (minibatch * drawn.Steps) + step
                    );
                Assert.InRange(offset, 0, drawn.Steps - 1);
                Assert.Equal(expected, epoch.Select(minibatch => minibatch.X));
            }
        );

    [Fact]
    public void Gives_the_chapter_as_many_minibatches_as_its_run_has()
    {
        // 10,000 tokens, batch 32, steps 35: (10,000 - offset - 1) / 32 / 35 = 8.
        var drawn = new BatchingCase(Sequential: true, Batch: 32, Steps: 35, Length: 10_000, Seed: 1, Epoch: 1);
        Assert.Equal(8, drawn.Minibatches.Count);
    }
}
