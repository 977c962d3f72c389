using FsCheck.Fluent;
using Recurrent.Batching;
using Recurrent.Randomness;

namespace Recurrent.Tests.Batching;

/// <summary>What holds for both ways of cutting a sequence.</summary>
public sealed class BatchSamplerTests
{
    private static readonly RandomStream Random = new(Seed: 1, Stream: 0);

    [Fact]
    public void The_tokens_of_one_step_stand_together()
    {
        int[] tokens = [.. Enumerable.Range(0, 15)];
        var minibatch = new SequentialPartition(batchSize: 2, steps: 5).Epoch(tokens, Random, 0).First();
        var (x, strip) = (minibatch.X.ToArray(), (15 - minibatch.X.Span[0] - 1) / 2);
        Assert.Equal([x[0], x[0] + strip, x[0] + 1, x[0] + strip + 1], x[..4]);
    }

    [Fact]
    public void Shares_of_a_minibatch_are_together_the_whole_one() =>
        Laws.Hold(
            from drawn in BatchingCase.All
            from of in Gen.Choose(1, drawn.Batch)
            select (drawn, of),
            pair =>
            {
                var (drawn, of) = pair;
                var shares = Enumerable
                    .Range(0, of)
                    .Select(rank =>
                        BatchingCase.Cut(drawn.Sampler.Share(rank, of), drawn.Tokens, drawn.Seed, drawn.Epoch)
                    )
                    .ToArray();
                Assert.All(shares, share => Assert.Equal(drawn.Minibatches.Count, share.Count));
                Assert.Equal(
                    drawn.Minibatches.Select(whole => whole.X),
                    Enumerable
                        .Range(0, drawn.Minibatches.Count)
                        .Select(minibatch => shares.SelectMany(share => share[minibatch].X).ToArray())
                );
            }
        );

    [Fact]
    public void A_share_that_is_not_one_is_refused()
    {
        var sampler = new SequentialPartition(4, 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Share(0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Share(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Share(-1, 2));
        Assert.Throws<InvalidOperationException>(() => sampler.Share(0, 2).Share(0, 2));
        Assert.Equal((4, 1), (sampler.Share(1, 3).BatchSize, sampler.Share(1, 3).Rows));
    }

    [Fact]
    public void Y_is_X_moved_by_one() =>
        Laws.Hold(
            BatchingCase.All,
            drawn =>
                drawn.Minibatches.All(minibatch => minibatch.X.Select(token => token + 1).SequenceEqual(minibatch.Y))
        );

    [Fact]
    public void Each_row_is_a_run_of_the_sequence() =>
        Laws.Hold(
            BatchingCase.All,
            drawn =>
                drawn
                    .Minibatches.SelectMany(minibatch => minibatch.X.Chunk(drawn.Steps))
                    .All(row => row.SequenceEqual(Enumerable.Range(row[0], drawn.Steps)))
        );

    [Fact]
    public void Each_token_is_read_at_most_once_an_epoch() =>
        Laws.Hold(
            BatchingCase.All,
            drawn =>
            {
                int[] read = [.. drawn.Minibatches.SelectMany(minibatch => minibatch.X)];
                return read.Distinct().Count() == read.Length;
            }
        );

    [Fact]
    public void Every_minibatch_is_full() =>
        Laws.Hold(
            BatchingCase.All,
            drawn => drawn.Minibatches.All(minibatch => minibatch.X.Length == drawn.Batch * drawn.Steps)
        );

    [Fact]
    public void The_least_number_of_tokens_fills_a_minibatch_at_every_offset() =>
        Laws.Hold(
            BatchingCase.All.Select(drawn => drawn with { Length = (int)drawn.Sampler.MinimumTokens }),
            drawn => drawn.Minibatches.Count >= 1
        );

    [Fact]
    public void The_same_seed_and_epoch_give_the_same_minibatches() =>
        Laws.Hold(
            BatchingCase.All,
            drawn =>
                Assert.Equal(
                    drawn.Minibatches.SelectMany(minibatch => minibatch.X),
                    drawn.Minibatches.SelectMany(minibatch => minibatch.X)
                )
        );

    [Fact]
    public void An_epoch_taken_up_again_goes_on_with_the_same_minibatches() =>
        Laws.Hold(
            BatchingCase.All.SelectMany(drawn => Gen.Choose(0, 9).Select(skip => (drawn, skip))),
            pair =>
            {
                var (drawn, skip) = pair;
                var rest = drawn.Sampler.Epoch(
                    drawn.Tokens,
                    new RandomStream(drawn.Seed, Stream: 0),
                    drawn.Epoch,
                    skip
                );
                Assert.Equal(
                    drawn.Minibatches.Skip(skip).Select(minibatch => minibatch.X),
                    rest.Select(minibatch => BatchingCase.RowsOf(minibatch.X, minibatch))
                );
            }
        );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Other_seeds_and_epochs_give_other_minibatches(bool sequential)
    {
        var drawn = new BatchingCase(sequential, Batch: 4, Steps: 35, Length: 2000, Seed: 1, Epoch: 0);
        Assert.InRange(
            Enumerable.Range(0, 20).Select(epoch => First(drawn with { Epoch = epoch })).Distinct().Count(),
            10,
            20
        );
        Assert.InRange(
            Enumerable.Range(0, 20).Select(seed => First(drawn with { Seed = seed })).Distinct().Count(),
            10,
            20
        );

        static int First(BatchingCase drawn) => drawn.Minibatches[0].X[0];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Offsets_go_from_none_to_one_less_than_the_steps(bool sequential)
    {
        const int Steps = 5;
        var drawn = new BatchingCase(sequential, Batch: 1, Steps, Length: 12, Seed: 1, Epoch: 0);
        var offsets = Enumerable
            .Range(0, 200)
            .Select(epoch => (drawn with { Epoch = epoch }).Minibatches.SelectMany(minibatch => minibatch.X).Min());
        Assert.Equal(Enumerable.Range(0, Steps), offsets.Distinct().Order());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Minibatches_are_made_when_they_are_asked_for(bool sequential)
    {
        var drawn = new BatchingCase(sequential, Batch: 2, Steps: 3, Length: 100, Seed: 1, Epoch: 0);
        var tokens = drawn.Tokens;
        using var minibatches = drawn.Sampler.Epoch(tokens, Random, 0).GetEnumerator();
        Array.Clear(tokens);
        Assert.True(minibatches.MoveNext());
        Assert.All(minibatches.Current.X.ToArray(), token => Assert.Equal(0, token));
        Array.Fill(tokens, 7);
        Assert.True(minibatches.MoveNext());
        Assert.All(minibatches.Current.X.ToArray(), token => Assert.Equal(7, token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_epoch_reuses_one_minibatch_and_two_share_none(bool sequential)
    {
        var drawn = new BatchingCase(sequential, Batch: 2, Steps: 3, Length: 100, Seed: 1, Epoch: 0);
        var epoch = drawn.Sampler.Epoch(drawn.Tokens, Random, 0);
        Minibatch[] minibatches = [.. epoch];
        Assert.All(minibatches, minibatch => Assert.Same(minibatches[0], minibatch));
        Assert.NotSame(minibatches[0], epoch.First());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Within_an_epoch_nothing_is_allocated(bool sequential)
    {
        var drawn = new BatchingCase(sequential, Batch: 8, Steps: 5, Length: 10_000, Seed: 1, Epoch: 0);
        using var minibatches = drawn.Sampler.Epoch(drawn.Tokens, Random, 0).GetEnumerator();
        minibatches.MoveNext();
        minibatches.MoveNext();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 100; count++)
        {
            minibatches.MoveNext();
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Too_few_tokens_are_refused_at_once(bool sequential)
    {
        var drawn = new BatchingCase(sequential, Batch: 32, Steps: 35, Length: 1154, Seed: 1, Epoch: 0);
        Assert.Equal(1155, drawn.Sampler.MinimumTokens);
        var error = Assert.Throws<ArgumentException>(() => drawn.Sampler.Epoch(drawn.Tokens, Random, 0));
        Assert.StartsWith(
            "1,155 tokens are needed for batch 32 x steps 35 and there are 1,154; "
                + "use a longer text, a smaller batch or fewer steps.",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentException>(() => drawn.Sampler.Epoch(Array.Empty<int>(), Random, 0));
    }

    [Fact]
    public void Sizes_beyond_all_memory_are_refused_for_too_few_tokens()
    {
        var sampler = new RandomSampling(int.MaxValue, int.MaxValue);
        Assert.Equal(((long)int.MaxValue * int.MaxValue) + int.MaxValue, sampler.MinimumTokens);
        Assert.Throws<ArgumentException>(() => sampler.Epoch(new int[10], Random, 0));
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        var batch = Assert.Throws<ArgumentOutOfRangeException>(() => new SequentialPartition(0, 35));
        Assert.Contains(
            "The batch size is 0 and must be a whole number of at least 1",
            batch.Message,
            StringComparison.Ordinal
        );
        var steps = Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSampling(32, -1));
        Assert.Contains(
            "The number of steps is -1 and must be a whole number of at least 1",
            steps.Message,
            StringComparison.Ordinal
        );
        var epoch = Assert.Throws<ArgumentOutOfRangeException>(() =>
            new SequentialPartition(1, 1).Epoch(new int[2], Random, -1)
        );
        Assert.Contains(
            "The epoch is -1 and must be a whole number of at least 0",
            epoch.Message,
            StringComparison.Ordinal
        );
    }
}
