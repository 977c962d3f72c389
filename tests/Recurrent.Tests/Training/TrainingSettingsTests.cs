using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Text;
using Recurrent.Training;
using Recurrent.Training.Settings;

namespace Recurrent.Tests.Training;

/// <summary>
/// The tables of settings: what is read from them is what was put into them, and old files know their names.
/// </summary>
public sealed class TrainingSettingsTests
{
    private static readonly PartNames s_noParts = new(null, null, null);
    private static readonly TrainingPlan s_plan = TrainingPlan.For(50_000, 60);

    public static TheoryData<string> Names => [.. TrainingSettings.All.Select(row => row.Name)];

    /// <summary>A value of a row that is not the plan's.</summary>
    private static string OtherValue(Setting<TrainingPlan> row) =>
        row.Placeholder switch
        {
            null => "true",
            "N" => "7",
            "X" => "0.25",
            "TIME" => "90s",
            var words => words.Split('|').Last(word => word != row.TextOf(s_plan)),
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_value_comes_back_as_it_was_given(string name)
    {
        var row = TrainingSettings.All.Single(row => row.Name == name);
        var value = OtherValue(row);
        Assert.Null(row.ProblemOf(value));
        var changed = row.With(s_plan, value);
        Assert.Equal(value, row.TextOf(changed));
        Assert.NotEqual(s_plan, changed);
        var others = TrainingSettings.All.Where(other => other.Name != name && name != "optimizer");
        Assert.All(others, other => Assert.Equal(other.TextOf(s_plan), other.TextOf(changed)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nonsense_has_a_problem_that_names_what_is_expected(string name)
    {
        var row = TrainingSettings.All.Single(row => row.Name == name);
        Assert.StartsWith("must be ", row.ProblemOf("nonsense"), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => row.With(s_plan, "nonsense"));
    }

    [Fact]
    public void Names_and_options_are_given_once()
    {
        string[] names = [.. TrainingSettings.All.Select(row => row.Name), .. TextSettings.All.Select(row => row.Name)];
        string[] options =
        [
            .. TrainingSettings.All.Select(row => row.Option),
            .. TextSettings.All.Select(row => row.Option),
        ];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal(options.Length, options.Distinct().Count());
    }

    [Theory]
    [InlineData(2_000, 30)]
    [InlineData(1_000_000, 97)]
    [InlineData(1_000_000_000, 300)]
    public void A_default_that_is_a_fixed_value_is_that_of_every_plan(long tokens, int vocabularySize)
    {
        var plan = TrainingPlan.For(tokens, vocabularySize);
        Assert.All(TrainingSettings.All, row => Assert.Equal(row.TextOf(plan), row.TextOf(row.WithDefault(plan))));
    }

    [Fact]
    public void Checkpoints_agree_in_these_and_no_others()
    {
        string[] always =
        [
            "seed",
            "budget",
            "batch",
            "steps",
            "epochs",
            "optimizer",
            "learning rate",
            "momentum",
            "weight decay",
            "schedule",
            "final rate",
            "warm-up",
            "clipping norm",
            "clipping value",
            "sampler",
            "validation",
            "patience",
        ];
        Assert.Equal(always, TrainingSettings.Identity(s_plan, s_noParts).Select(entry => entry.Key));
        var other = new TrainingPlan(s_plan.Model, s_plan.Trainer with { Beta2 = 0.99 });
        Assert.Contains(new("beta2", "0.99"), TrainingSettings.Identity(other, s_noParts));
    }

    [Fact]
    public void A_run_of_the_chapter_keeps_what_every_run_has_and_no_more() =>
        Assert.Equal(
            ["seed", "batch", "steps", "epochs", "learning-rate", "clip", "sampler", "max-tokens"],
            TrainingSettings.Kept(CorpusOptions.Book, TrainingPlan.Book(28), s_noParts, []).Select(entry => entry.Key)
        );

    [Fact]
    public void Whatever_a_run_has_is_kept_in_the_order_that_old_files_have()
    {
        var trainer = new TrainerOptions
        {
            Budget = TimeSpan.FromMinutes(3),
            Optimizer = OptimizerKind.AdamW,
            Momentum = 0.5,
            Beta2 = 0.99,
            Schedule = ScheduleKind.Plateau,
            WarmupUpdates = 3,
            ClipValue = 2,
            Validation = 0.25,
            Patience = 4,
            LearningRate = 1e-5,
            WeightDecay = 1e-6,
        };
        var text = new CorpusOptions
        {
            MaxTokens = 5000,
            MinFrequency = 2,
            MaxVocabulary = 100,
        };
        var plan = new TrainingPlan(new ModelConfiguration { VocabularySize = 28 }, trainer);
        Assert.Equal(
            [
                new("seed", "1"),
                new("batch", "32"),
                new("steps", "35"),
                new("epochs", "500"),
                new("learning-rate", "1E-05"),
                new("clip", "1"),
                new("sampler", "sequential"),
                new("max-tokens", "5000"),
                new("min-frequency", "2"),
                new("max-vocabulary", "100"),
                new("budget", "180s"),
                new("optimizer", "adamw"),
                new("momentum", "0.5"),
                new("beta2", "0.99"),
                new("weight-decay", "1e-06"),
                new("schedule", "plateau"),
                new("final-rate", "0.01"),
                new("warmup", "3"),
                new("clip-value", "2"),
                new("validation", "0.25"),
                new("patience", "4"),
                new("went-back", "epoch 2 minibatch 5"),
            ],
            TrainingSettings.Kept(text, plan, s_noParts, [new(2, 5, "the loss is NaN", 0, 1)])
        );
    }
}
