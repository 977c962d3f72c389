using Recurrent.Batching;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tests.Training;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Text;

/// <summary>Texts of more tokens than an array can hold, which are computed rather than kept.</summary>
public sealed class LongTextTests
{
    private const long Length = 6_000_000_007;
    private const int Batch = 4;
    private const int Steps = 10;

    private readonly ComputedTokens _tokens = new(Length);

    [Fact]
    public void Parts_begin_where_they_should()
    {
        var part = _tokens.Slice(5_000_000_000, 900_000_000)[1_000_000..^2];
        Assert.Equal(898_999_998, part.Length);
        var three = new int[3];
        part.CopyTo(part.Length - 3, three);
        Assert.Equal([.. Enumerable.Range(0, 3).Select(i => ComputedTokens.At(5_899_999_995 + i))], three);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _tokens.Slice(Length - 2, 3));
        Assert.Contains($"within the {Length} of the sequence", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_of_all_of_them_is_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(_tokens.ToArray);
        Assert.Equal(
            "The sequence has 6,000,000,007 tokens and an array holds at most 2,147,483,591; read it in parts with "
                + "CopyTo.",
            error.Message
        );
    }

    [Fact]
    public void Strips_lie_side_by_side_over_the_whole_text()
    {
        var last = Read(new SequentialPartition(Batch, Steps), skip: (Length / Batch / Steps) - 3);
        var strip = last[1] - last[0];
        Assert.InRange(strip, (Length / Batch) - Steps, Length / Batch);
        Assert.Equal([last[0], last[0] + strip, last[0] + (2 * strip), last[0] + (3 * strip)], last);
        Assert.InRange(last[^1], Length - (5 * Steps), Length - Steps - 1);
    }

    [Fact]
    public void Windows_are_drawn_from_the_whole_text()
    {
        var starts = new List<long>();
        for (var minibatch = 0; minibatch < 50; minibatch++)
        {
            starts.AddRange(Read(new RandomSampling(Batch, Steps), minibatch));
        }
        Assert.Equal(200, starts.Distinct().Count());
        Assert.Single(starts.Select(start => start % Steps).Distinct());
        Assert.InRange(starts.Count(start => start > int.MaxValue), 100, 160); // 64% of the text
        Assert.All(starts, start => Assert.InRange(start, 0, Length - Steps - 1));
    }

    [Fact]
    public void The_end_is_held_out_and_the_rest_trained_on()
    {
        var options = new TrainerOptions
        {
            BatchSize = Batch,
            Steps = Steps,
            Sampler = SamplerKind.Random,
            Validation = 5e-7, // 3,000 tokens
            Budget = TimeSpan.FromSeconds(20),
        };
        var time = new SetTime();
        var model = LanguageModel.Create("rnn", ComputedTokens.Distinct, hiddenSize: 3);
        var trainer = new Trainer(model, _tokens, options, time);
        trainer.Observers.Add(new EachMinibatch(() => time.Now += TimeSpan.FromSeconds(1)));
        var report = trainer.Run(TestContext.Current.CancellationToken).Single();
        // Before the first validation half of the time is kept for it, which is long beside so few tokens.
        Assert.Equal(10 * Batch * Steps, report.Tokens);
        Assert.NotNull(report.ValidationLoss);
        var trained = _tokens.Reads.Take(10 * Batch).ToList();
        Assert.All(trained, read => Assert.True(read.Start + read.Count <= Length - 3000));
        Assert.Contains(trained, read => read.Start > int.MaxValue);
        var heldOut = _tokens.Reads.Skip(10 * Batch).ToList();
        Assert.Equal(Length - 3000, heldOut.Min(read => read.Start));
        Assert.InRange(heldOut.Max(read => read.Start + read.Count), Length - 2, Length);
    }

    [Fact]
    public void A_model_file_tells_what_was_held_out()
    {
        var corpus = new CorpusOptions { MaxTokens = 5_000_000_000 };
        var training = new TrainingSummary
        {
            CorpusHash = "sha256:0",
            Settings =
            [
                new(TextSettings.MaxTokens.Name, $"{corpus.MaxTokens}"),
                new(TrainingSettings.Validation.Name, "0.5"),
            ],
        };
        Assert.Equal(new(2_500_000_000, 2_500_000_000), TrainingSplit.Of(training, "sha256:0", Length));
    }

    /// <summary>Where the windows of one minibatch begin.</summary>
    private List<long> Read(BatchSampler sampler, long skip)
    {
        var before = _tokens.Reads.Count;
        var minibatch = sampler.Epoch(_tokens, RandomStream.Batching(1), epoch: 2, skip).First();
        var starts = _tokens.Reads.Skip(before).Select(read => read.Start).ToList();
        for (var row = 0; row < Batch; row++)
        {
            Assert.Equal(ComputedTokens.At(starts[row]), minibatch.X.Span[row]);
            Assert.Equal(ComputedTokens.At(starts[row] + Steps), minibatch.Y.Span[((Steps - 1) * Batch) + row]);
        }
        return starts;
    }
}
