using Recurrent.Batching;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>
/// An optimiser, a schedule and a sampler of a user's own train, and go on from a checkpoint to the same bytes.
/// </summary>
public sealed class OwnPartsTests : IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 700).Select(i => i * i % 11)];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 4,
        LearningRate = 0.01,
    };

    private static readonly TrainingParts s_parts = new()
    {
        Optimizer = parameters => new Lion(parameters),
        Schedule = () => new Falling(0.01),
        Sampler = new Backwards(4, 10),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ILanguageModel Model() =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = 11,
                HiddenSize = 6,
            },
            RandomStream.Parameters(3)
        );

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    private static Trainer Create(ILanguageModel model, TrainingParts? parts = null) =>
        new(model, s_tokens, s_options, parts: parts ?? s_parts);

    [Fact]
    public void They_learn()
    {
        var reports = Create(Model()).Run(TestContext.Current.CancellationToken).ToList();
        Assert.True(reports[^1].Loss < reports[0].Loss - 0.1);
    }

    [Fact]
    public void A_function_that_makes_no_part_is_named()
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            Create(Model(), new TrainingParts { Optimizer = _ => null! })
        );
        Assert.Equal(
            "TrainingParts.Optimizer returned null and must return a part; return one, or leave Optimizer null.",
            error.Message
        );
        Assert.Throws<InvalidOperationException>(() => Create(Model(), new TrainingParts { Schedule = () => null! }));
    }

    [Fact]
    public void A_sampler_that_plans_no_minibatch_is_named()
    {
        var trainer = Create(Model(), new TrainingParts { Sampler = new Idle(4, 10) });
        var error = Assert.Throws<InvalidOperationException>(() =>
            trainer.Run(TestContext.Current.CancellationToken).First()
        );
        Assert.StartsWith("Idle plans 0 minibatches of ", error.Message);
    }

    [Fact]
    public void Each_takes_part()
    {
        var model = Model();
        _ = Create(model).Run(TestContext.Current.CancellationToken).Last();
        TrainingParts[] others =
        [
            new() { Optimizer = s_parts.Optimizer, Schedule = s_parts.Schedule },
            new() { Optimizer = s_parts.Optimizer, Sampler = s_parts.Sampler },
            new() { Schedule = s_parts.Schedule, Sampler = s_parts.Sampler },
        ];
        foreach (var parts in others)
        {
            var other = Model();
            _ = Create(other, parts).Run(TestContext.Current.CancellationToken).Last();
            Assert.NotEqual(Weights(model), Weights(other));
        }
    }

    [Fact]
    public void Any_minibatch_can_be_gone_on_from()
    {
        var whole = Model();
        var reference = Create(whole);
        var minibatches = 0;
        reference.Observers.Add(
            new EachMinibatch(() =>
            {
                if (minibatches++ % 9 == 0)
                {
                    reference.SaveCheckpoint(_folder[$"{minibatches}"]);
                }
            })
        );
        _ = reference.Run(TestContext.Current.CancellationToken).Last();
        var checkpoints = Directory.GetFiles(_folder.Path);
        Assert.InRange(checkpoints.Length, 5, 100);
        foreach (var checkpoint in checkpoints)
        {
            var model = Model();
            var resumed = Create(model);
            resumed.ResumeFrom(checkpoint);
            _ = resumed.Run(TestContext.Current.CancellationToken).Last();
            Assert.Equal(Weights(whole), Weights(model));
        }
    }

    [Fact]
    public void Parts_of_another_name_are_refused()
    {
        var path = _folder["checkpoint"];
        Create(Model()).SaveCheckpoint(path);
        Assert.Contains("optimizer lion instead of sgd", Refusal(new() { Sampler = s_parts.Sampler }));
        Assert.Contains("schedule falling instead of constant", Refusal(new() { Optimizer = s_parts.Optimizer }));

        string Refusal(TrainingParts parts) =>
            Assert.Throws<ModelFileException>(() => Create(Model(), parts).ResumeFrom(path)).Message;
    }

    [Fact]
    public void What_is_recorded_is_what_ran()
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Repeat("a miller sang of rye and wheat ", 40)));
        var model = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = 6,
        };
        var given = new TrainerOptions
        {
            Optimizer = OptimizerKind.AdamW,
            Schedule = ScheduleKind.Cosine,
            WarmupUpdates = 9,
            Epochs = 1,
        };
        var options = new TrainingSessionOptions { Parts = s_parts };
        var session = new TrainingSession(corpus, new TrainingPlan(model, given), options);
        var run = session.Plan.Trainer;
        Assert.Equal((4, 10, 0.01, 3), (run.BatchSize, run.Steps, run.LearningRate, run.WarmupUpdates));
        Assert.Equal(session.Trainer.Options, run);
        var kept = session.Settings.ToDictionary();
        (string, string)[] expected =
        [
            ("batch", "4"),
            ("steps", "10"),
            ("sampler", "backwards"),
            ("optimizer", "lion"),
            ("schedule", "falling"),
            ("learning-rate", "0.01"),
            ("warmup", "3"),
        ];
        Assert.All(expected, setting => Assert.Equal(setting.Item2, kept[setting.Item1]));
        // These would be of the optimiser and the schedule that the settings describe, which did not run.
        Assert.All(
            (string[])["momentum", "beta2", "weight-decay", "final-rate"],
            name => Assert.DoesNotContain(name, kept)
        );
        var path = _folder["checkpoint"];
        session.Trainer.SaveCheckpoint(path);
        Assert.Contains("batch 4 instead of 5", Refusal(new Backwards(5, 10)));
        Assert.Contains("steps 10 instead of 9", Refusal(new Backwards(4, 9)));

        string Refusal(BatchSampler sampler)
        {
            var parts = new TrainingParts
            {
                Optimizer = s_parts.Optimizer,
                Schedule = s_parts.Schedule,
                Sampler = sampler,
            };
            var other = new TrainingSession(corpus, session.Plan, new TrainingSessionOptions { Parts = parts });
            return Assert.Throws<ModelFileException>(() => other.Trainer.ResumeFrom(path)).Message;
        }
    }

    [Theory]
    [InlineData("state")]
    [InlineData("best")]
    [InlineData("good")]
    [InlineData("")]
    [InlineData("twice", "twice")]
    public void Moments_need_names_of_their_own(params string[] names) =>
        Assert.Contains("a name of its own", Assert.Throws<ArgumentException>(() => new Named(names)).Message);

    /// <summary>Lion (Chen et al. 2023): the sign of an average of gradients.</summary>
    private sealed class Lion(IReadOnlyList<Parameter> parameters) : Optimizer(parameters, "average")
    {
        protected override void Update(
            Tensor weights,
            Tensor gradient,
            IReadOnlyList<Tensor> moments,
            double learningRate
        )
        {
            var average = moments[0];
            var direction = (average * 0.9f) + (gradient * 0.1f);
            var sign = Tensor.Tanh(direction * 1e6f); // almost
            weights.AddInPlace(sign, -(float)learningRate);
            average.ScaleInPlace(0.99f);
            average.AddInPlace(gradient, 0.01f);
        }
    }

    private sealed class Named(string[] names) : Optimizer([], names)
    {
        protected override void Update(
            Tensor weights,
            Tensor gradient,
            IReadOnlyList<Tensor> moments,
            double learningRate
        ) => throw new InvalidOperationException();
    }

    /// <summary>Falls to two thirds after each epoch that was not better than the one before.</summary>
    private sealed class Falling(double rate) : LearningRateSchedule(rate, warmup: 3)
    {
        public override void EndEpoch(double loss)
        {
            Scale = loss < LowestLoss - 0.2 ? Scale : Scale * 2 / 3;
            LowestLoss = Math.Min(LowestLoss, loss);
        }

        protected override double FactorAt(double progress) => Scale * (1 - (progress / 2));
    }

    /// <summary>Windows one after the other, from the end of the text to its beginning.</summary>
    private sealed class Backwards(int batchSize, int steps) : BatchSampler(batchSize, steps)
    {
        public override bool CarriesState => false;

        protected override (long Minibatches, Func<long, int, long> StartOf) Plan(long tokens, RandomStream random)
        {
            var minibatches = (tokens - 1) / Steps / BatchSize;
            return (minibatches, (minibatch, row) => (((minibatches - minibatch - 1) * BatchSize) + row) * Steps);
        }
    }

    private sealed class Idle(int batchSize, int steps) : BatchSampler(batchSize, steps)
    {
        public override bool CarriesState => false;

        protected override (long Minibatches, Func<long, int, long> StartOf) Plan(long tokens, RandomStream random) =>
            (0, (_, _) => 0);
    }
}
