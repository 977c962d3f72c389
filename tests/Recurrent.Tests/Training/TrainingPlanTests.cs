using FsCheck.Fluent;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

public sealed class TrainingPlanTests
{
    private static readonly CpuDevice s_device = new(threads: 4);

    /// <summary>The plan for the time in which the device can be expected to do so many operations.</summary>
    private static TrainingPlan Within(double work, long tokens, int vocabularySize) =>
        TrainingPlan.Within(TimeSpan.FromSeconds(work / s_device.WorkPerSecond), tokens, vocabularySize, s_device);

    [Fact]
    public void The_books_plan_is_the_chapters_network_and_settings()
    {
        var book = TrainingPlan.Book(28);
        Assert.Equal(1, book.Trainer.LearningRate);
        Assert.Equal(
            new TrainingPlan(
                new ModelConfiguration
                {
                    Kind = "rnn-scratch",
                    VocabularySize = 28,
                    HiddenSize = 512,
                },
                new TrainerOptions
                {
                    BatchSize = 32,
                    Steps = 35,
                    Epochs = 500,
                    ClipNorm = 1,
                }
            ),
            book
        );
    }

    [Theory]
    [InlineData(18_000)]
    [InlineData(180_000)]
    [InlineData(1_100_000)]
    [InlineData(1_000_000_000)]
    public void A_longer_text_is_read_fewer_times_with_less_dropout_and_measured_on_no_more_than_is_needed(long tokens)
    {
        var (shorter, plan) = (TrainingPlan.For(tokens / 10, 65), TrainingPlan.For(tokens, 65));
        Assert.InRange(plan.Trainer.Epochs, 1, shorter.Trainer.Epochs);
        Assert.InRange(plan.Model.Dropout, 0, shorter.Model.Dropout);
        Assert.InRange(plan.Model.HiddenSize, shorter.Model.HiddenSize, 1024);
        Assert.InRange(plan.Trainer.Validation * tokens, 1000, 500_001);
    }

    [Fact]
    public void A_text_too_short_to_be_measured_on_is_not() =>
        Assert.Equal(0, TrainingPlan.For(9_999, 28).Trainer.Validation);

    [Fact]
    public void More_time_makes_no_smaller_model_and_no_fewer_epochs()
    {
        var minutes = Gen.Choose(1, 600);
        Laws.Hold(
            Gen.Zip(minutes, minutes),
            pair =>
            {
                var less = Plan(Math.Min(pair.Item1, pair.Item2));
                var more = Plan(Math.Max(pair.Item1, pair.Item2));
                return more.Model.HiddenSize > less.Model.HiddenSize
                    || (more.Model.HiddenSize == less.Model.HiddenSize && more.Trainer.Epochs >= less.Trainer.Epochs);
            }
        );
        static TrainingPlan Plan(int minutes) =>
            TrainingPlan.Within(TimeSpan.FromMinutes(minutes), 1_115_394, 65, s_device);
    }

    [Theory]
    [InlineData(1_115_394, 65, 180, 512)]
    [InlineData(1_115_394, 65, 60, 256)]
    [InlineData(178_979, 70, 180, 768)]
    [InlineData(178_979, 70, 60, 384)]
    public void The_models_are_those_that_the_results_were_measured_with(
        long tokens,
        int vocabularySize,
        int seconds,
        int hidden
    ) => Assert.Equal(hidden, Within(120e9 * seconds, tokens, vocabularySize).Model.HiddenSize);

    [Fact]
    public void A_budget_that_the_plan_without_one_fits_in_makes_the_same_plan_or_a_larger_model()
    {
        Laws.Hold(
            Gen.Zip(Gen.Choose(31, 650), Gen.Zip(Gen.Choose(2, 200), Gen.Choose(0, 100))),
            drawn =>
            {
                var (magnitude, (vocabularySize, more)) = drawn;
                var tokens = (long)Math.Pow(10, magnitude / 100.0); // 2 to 3 million
                var usual = TrainingPlan.For(tokens, vocabularySize);
                var hidden = usual.Model.HiddenSize;
                // Six operations a weight and token; the softmax is another 64 units of the output layer.
                var weights = (3.0 * hidden * hidden) + ((hidden + 64) * vocabularySize);
                var work = 6.0 * weights * tokens * usual.Trainer.Epochs * Math.Pow(1.1, more);
                var plan = Within(work * 1.001, tokens, vocabularySize);
                Assert.InRange(plan.Model.HiddenSize, hidden, 1024);
                if (plan.Model.HiddenSize == hidden && usual.Trainer.Epochs == plan.Trainer.Epochs)
                {
                    Assert.Equal(usual with { Trainer = usual.Trainer with { Budget = plan.Trainer.Budget } }, plan);
                }
            }
        );
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(5_000)]
    [InlineData(17_943)]
    public void No_time_gives_a_short_text_a_model_that_only_memorises_it(long tokens) =>
        Assert.Equal(256, Within(1e15, tokens, 68).Model.HiddenSize);

    [Theory]
    [InlineData(0.2, 96)] // of the time that 256 units take for all 30 epochs
    [InlineData(0.5, 128)]
    [InlineData(0.9, 192)]
    [InlineData(1.1, 256)]
    public void Too_little_time_for_all_epochs_of_a_short_text_makes_a_smaller_model_instead_of_fewer_epochs(
        double share,
        int hidden
    ) => Assert.Equal(hidden, Within(0.7e12 * share, 17_943, 68).Model.HiddenSize);

    [Fact]
    public void A_plan_within_a_time_ends_then()
    {
        var budget = TimeSpan.FromMinutes(3);
        var plan = TrainingPlan.Within(budget, 1_115_394, 65, s_device);
        Assert.Equal(budget, plan.Trainer.Budget);
        Assert.Equal(ScheduleKind.Cosine, plan.Trainer.Schedule);
    }

    [Theory]
    [InlineData(10, 2, 16, 32)]
    [InlineData(180, 2, 16, 64)]
    [InlineData(10, 4, 32, 32)]
    [InlineData(180, 4, 32, 32)]
    public void Few_threads_read_fewer_rows_in_more_minibatches_and_in_a_longer_run_longer_ones(
        int seconds,
        int threads,
        int rows,
        int steps
    )
    {
        var device = new CpuDevice(threads);
        var budget = TimeSpan.FromSeconds(120e9 * seconds / device.WorkPerSecond);
        var plan = TrainingPlan.Within(budget, 1_115_394, 65, device).Trainer;
        Assert.Equal((rows, steps), (plan.BatchSize, plan.Steps));
    }

    [Fact]
    public void A_budget_knows_the_size_of_the_output_layer()
    {
        const int tokens = 232_000; // of a list of words, each of which occurs once, and its line ends
        var budget = TimeSpan.FromSeconds(20);
        var plan = TrainingPlan.Within(budget, tokens, 116_000, s_device);
        Assert.InRange((long)plan.Trainer.BatchSize * plan.Trainer.Steps * 116_000, 1, 1 << 25); // logits: 128 MiB
        // 5% of the time, at least two thirds of which are the products of the output layer.
        var validation = 2.0 * plan.Model.HiddenSize * 116_000 * plan.Trainer.Validation * tokens;
        Assert.InRange(validation / (s_device.WorkPerSecond * budget.TotalSeconds), 0, 0.05);
        var few = TrainingPlan.Within(budget, tokens, 60, s_device);
        Assert.Equal((32, 0.1), (few.Trainer.BatchSize, few.Trainer.Validation));
    }

    [Fact]
    public void A_text_of_a_few_characters_has_a_plan_that_fits() =>
        Laws.Hold(
            Gen.Choose(2, 400),
            tokens =>
            {
                var plan = TrainingPlan.For(tokens, 11).Trainer;
                Assert.InRange(plan.CreateSampler().MinimumTokens, 1, tokens);
                Assert.Equal(tokens >= 160 ? (4, 32) : (plan.BatchSize, plan.Steps), (plan.BatchSize, plan.Steps));
            }
        );

    [Fact]
    public void Every_plan_can_be_trained()
    {
        int[] tokens = [.. Enumerable.Range(0, 3000).Select(i => i * i % 11)];
        var plan = TrainingPlan.For(tokens.Length, 11);
        var model = LanguageModel.Create(plan.Model, Recurrent.Randomness.RandomStream.Parameters(1));
        var trainer = new Trainer(model, tokens, plan.Trainer with { Epochs = 1 });
        Assert.True(Assert.Single(trainer.Run(TestContext.Current.CancellationToken)).Perplexity < 20);
    }
}
