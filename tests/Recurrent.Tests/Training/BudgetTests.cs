using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Training runs that end when their time is over.</summary>
public sealed class BudgetTests
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 700).Select(i => i * i % 11)];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 1000,
        Budget = TimeSpan.FromSeconds(100),
    };

    /// <summary>A trainer whose every minibatch takes a second.</summary>
    private static Trainer Create(TrainerOptions options)
    {
        var time = new SetTime();
        var model = LanguageModel.Create("gru", vocabularySize: 11, hiddenSize: 5);
        var trainer = new Trainer(model, s_tokens, options, time);
        trainer.Observers.Add(new EachMinibatch(() => time.Now += TimeSpan.FromSeconds(1)));
        return trainer;
    }

    private static List<EpochReport> Run(Trainer trainer) => [.. trainer.Run(TestContext.Current.CancellationToken)];

    [Fact]
    public void It_ends_within_the_epoch_in_which_the_time_is_over()
    {
        var trainer = Create(s_options);
        var reports = Run(trainer);
        Assert.Equal(100 * 40, trainer.TokensTrained);
        Assert.Equal(100 * 40, reports.Sum(report => report.Tokens));
        Assert.True(reports[^1].Tokens < reports[0].Tokens);
        Assert.True(trainer.IsOutOfTime);
        Assert.Equal(1, trainer.Progress);
    }

    [Fact]
    public void The_unfinished_epoch_is_measured_too_and_may_be_the_best()
    {
        var trainer = Create(s_options with { Validation = 0.2, LearningRate = 0.5 });
        var reports = Run(trainer);
        Assert.All(reports, report => Assert.NotNull(report.ValidationLoss));
        Assert.Equal(reports.MinBy(report => report.ValidationLoss), trainer.Best);
    }

    [Fact]
    public void Epochs_may_end_before_the_time_does()
    {
        var trainer = Create(s_options with { Epochs = 2 });
        Assert.Equal(2, Run(trainer).Count);
        Assert.False(trainer.IsOutOfTime);
        Assert.Equal(1, trainer.Progress);
    }

    [Fact]
    public void The_learning_rate_follows_the_time()
    {
        var (constant, cosine) = (LastStep(s_options), LastStep(s_options with { Schedule = ScheduleKind.Cosine }));
        Assert.InRange(cosine, 1e-9, constant / 20);
    }

    /// <summary>How far the last minibatch moved the output's bias.</summary>
    private static double LastStep(TrainerOptions options)
    {
        var time = new SetTime();
        var model = LanguageModel.Create("gru", vocabularySize: 11, hiddenSize: 5);
        var trainer = new Trainer(model, s_tokens, options, time);
        var bias = new float[11];
        var moved = 0.0;
        trainer.Observers.Add(
            new EachMinibatch(() =>
            {
                time.Now += TimeSpan.FromSeconds(1);
                var now = model.Parameters[^1].Value.ToArray();
                moved = 0;
                for (var i = 0; i < bias.Length; i++)
                {
                    moved += Math.Abs(now[i] - bias[i]);
                }
                now.CopyTo(bias);
            })
        );
        _ = Run(trainer);
        return moved;
    }

    [Fact]
    public void What_is_left_of_the_time_goes_on_from_a_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "a.checkpoint");
        var stopped = Create(s_options);
        stopped.Observers.Add(
            new EachMinibatch(() =>
            {
                if (stopped.TokensTrained == 30 * 40)
                {
                    stopped.SaveCheckpoint(path);
                }
            })
        );
        _ = Run(stopped);
        var resumed = Create(s_options);
        resumed.ResumeFrom(path);
        Assert.Equal(TimeSpan.FromSeconds(30), resumed.Elapsed);
        _ = Run(resumed);
        Assert.Equal(stopped.TokensTrained, resumed.TokensTrained);
        Assert.Equal(stopped.Last!.Loss, resumed.Last!.Loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    public void A_budget_is_above_nothing_and_at_most_a_thousand_days(int days) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainerOptions { Budget = TimeSpan.FromDays(days) });
}
