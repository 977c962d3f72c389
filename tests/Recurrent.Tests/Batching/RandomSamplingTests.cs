using FsCheck.Fluent;
using Recurrent.Batching;

namespace Recurrent.Tests.Batching;

public sealed class RandomSamplingTests
{
    [Fact]
    public void Carries_no_state() => Assert.False(new RandomSampling(1, 1).CarriesState);

    [Fact]
    public void Windows_stand_a_whole_number_of_windows_apart_and_fill_the_epoch() =>
        Laws.Hold(
            BatchingCase.All.Where(drawn => !drawn.Sequential),
            drawn =>
            {
                var epoch = drawn.Minibatches;
                int[] starts = [.. epoch.SelectMany(minibatch => minibatch.X.Chunk(drawn.Steps)).Select(row => row[0])];
                var offset = starts[0] % drawn.Steps;
                var windows = (drawn.Length - offset - 1) / drawn.Steps;
                Assert.All(starts, start => Assert.Equal(offset, start % drawn.Steps));
                Assert.All(starts, start => Assert.InRange((start - offset) / drawn.Steps, 0, windows - 1));
                Assert.Equal(starts.Length, starts.Distinct().Count());
                Assert.Equal(windows / drawn.Batch, epoch.Count);
            }
        );

    [Fact]
    public void Windows_come_in_random_order_and_none_is_preferred()
    {
        // 19 windows, of which 4 minibatches of 4 take 16: each should be in 16 of 19 epochs.
        const int Epochs = 2000;
        var sampler = new RandomSampling(batchSize: 4, steps: 1);
        int[] tokens = [.. Enumerable.Range(0, 20)];
        var read = new int[20];
        var inOrder = 0;
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            int[] starts = [.. BatchingCase.Cut(sampler, tokens, seed: 1, epoch).SelectMany(minibatch => minibatch.X)];
            inOrder += starts.Order().SequenceEqual(starts) ? 1 : 0;
            Array.ForEach(starts, start => read[start]++);
        }
        Assert.Equal(0, inOrder);
        Assert.All(read[..19], count => Assert.InRange(count, 16.0 / 19 * Epochs - 90, 16.0 / 19 * Epochs + 90));
        Assert.Equal(0, read[19]); // the last token is only ever predicted
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(3_000_000)]
    public void Of_millions_of_windows_each_comes_once_and_in_random_order(int windows)
    {
        int[] tokens = [.. Enumerable.Range(0, windows + 1)];
        var starts = new int[windows];
        var count = 0;
        foreach (var minibatch in new RandomSampling(batchSize: 1, steps: 1).Epoch(tokens, new(1, 0), 0))
        {
            starts[count++] = minibatch.X.Span[0];
        }
        Assert.Equal(windows, count);
        // The mean of the first half is that of all to within 5 standard deviations, and neighbours rise as often as
        // they fall.
        Assert.Equal(0.5, starts.Take(windows / 2).Average() / windows, 5 * 0.29 / Math.Sqrt(windows));
        var rises = starts.Zip(starts.Skip(1)).Count(pair => pair.First < pair.Second);
        Assert.Equal(0.5, (double)rises / windows, 5 * 0.29 / Math.Sqrt(windows));
        Array.Sort(starts);
        Assert.Equal(tokens[..windows], starts);
    }

    [Fact]
    public void Gives_the_chapter_as_many_minibatches_as_its_run_has()
    {
        // 10,000 tokens, batch 32, steps 35: (10,000 - offset - 1) / 35 / 32 = 8.
        var drawn = new BatchingCase(Sequential: false, Batch: 32, Steps: 35, Length: 10_000, Seed: 1, Epoch: 1);
        Assert.Equal(8, drawn.Minibatches.Count);
    }
}
