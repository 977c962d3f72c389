using Recurrent.Batching;
using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

public sealed class TrainerTests
{
    private const string Text =
        "the keeper lit the lamp at dusk and the lamp lit the sea and the sea lit nothing at all but the gulls";

    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Join(' ', Enumerable.Repeat(Text, 4)),
        new CorpusOptions { Normalization = Normalization.Letters }
    );

    private static readonly TrainerOptions s_small = new()
    {
        BatchSize = 4,
        Steps = 10,
        Epochs = 5,
        Seed = 3,
    };

    private static RnnFromScratch Model(int hidden = 16, Device? device = null) =>
        new(
            new ModelConfiguration { VocabularySize = s_corpus.Vocabulary.Count, HiddenSize = hidden },
            RandomStream.Parameters(3),
            device: device
        );

    [Theory]
    [InlineData(SamplerKind.Sequential)]
    [InlineData(SamplerKind.Random)]
    public void Losses_are_these_to_the_bit(SamplerKind sampler)
    {
        var losses = new Trainer(Model(), s_corpus.Tokens, s_small with { Sampler = sampler })
            .Run(TestContext.Current.CancellationToken)
            .Select(report => report.Loss);
        double[] golden =
            sampler == SamplerKind.Sequential
                ? [2.7918847799301147, 2.6140815019607544, 2.5589408874511719, 2.4817336930169001, 2.3419710636138915]
                : [2.7739935874938966, 2.6002396821975706, 2.5436266422271729, 2.462218655480279, 2.3138260364532472];
        Assert.Equal(golden, losses);
    }

    [Theory]
    [InlineData(SamplerKind.Sequential)]
    [InlineData(SamplerKind.Random)]
    public void Parameters_are_the_same_bits_on_every_tier_and_for_any_threads(SamplerKind sampler)
    {
        float[] Train(int threads, VectorTier tier)
        {
            var model = Model(hidden: 33, new CpuDevice(threads, tier));
            _ = new Trainer(model, s_corpus.Tokens, s_small with { Sampler = sampler })
                .Run(TestContext.Current.CancellationToken)
                .Last();
            return [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];
        }
        var expected = Train(1, VectorTier.Named("scalar"));
        foreach (var tier in VectorTier.All)
        {
            Assert.All([1, 2, 3, 5], threads => Assert.Equal(expected, Train(threads, tier)));
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd)]
    [InlineData(OptimizerKind.RmsProp)]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Muon)]
    public void Every_optimizer_learns_the_same_bits_on_every_tier(OptimizerKind optimizer)
    {
        var options = s_small with
        {
            Optimizer = optimizer,
            Momentum = 0.5,
            WeightDecay = 1e-4,
            LearningRate = optimizer switch
            {
                OptimizerKind.Sgd => 1,
                OptimizerKind.Muon => 0.04, // Adam's part of it is less
                _ => 0.01,
            },
            Schedule = ScheduleKind.Cosine,
            WarmupUpdates = 5,
            ClipValue = 0.1,
        };
        (double[] Losses, float[] Weights) Train(int threads, VectorTier tier)
        {
            var model = Model(hidden: 33, new CpuDevice(threads, tier));
            double[] losses =
            [
                .. new Trainer(model, s_corpus.Tokens, options)
                    .Run(TestContext.Current.CancellationToken)
                    .Select(report => report.Loss),
            ];
            return (losses, [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())]);
        }
        var (falling, weights) = Train(1, VectorTier.Named("scalar"));
        Assert.True(falling[^1] < falling[0] - 0.2, $"{falling[0]} came to {falling[^1]} only.");
        Assert.All(VectorTier.All, tier => Assert.Equal(weights, Train(3, tier).Weights));
    }

    [Fact]
    public void A_model_that_knows_nothing_is_as_perplexed_as_the_vocabulary_is_large()
    {
        var report = new Trainer(Model(), s_corpus.Tokens, s_small with { LearningRate = 1e-9 })
            .Run(TestContext.Current.CancellationToken)
            .First();
        Assert.Equal(s_corpus.Vocabulary.Count, report.Perplexity, 0.01 * s_corpus.Vocabulary.Count);
    }

    [Fact]
    public void A_repeated_text_is_learned()
    {
        var options = s_small with { Epochs = 200 };
        Assert.InRange(
            new Trainer(Model(64), s_corpus.Tokens, options)
                .Run(TestContext.Current.CancellationToken)
                .Last()
                .Perplexity,
            1.0,
            1.3
        );
    }

    [Fact]
    public void Sequential_partition_carries_the_state_through_an_epoch_and_starts_the_next_anew()
    {
        var model = new RecordingModel(s_corpus.Vocabulary.Count);
        var options = s_small with { Epochs = 2, Steps = 20 };
        _ = new Trainer(model, s_corpus.Tokens, options).Run(TestContext.Current.CancellationToken).Last();
        var firstEpoch = model.StatesSeen.LastIndexOf(0);
        Assert.InRange(firstEpoch, 4, 5);
        Assert.Equal(Enumerable.Range(0, firstEpoch).Select(i => (float)i), model.StatesSeen[..firstEpoch]);
        var second = model.StatesSeen[firstEpoch..];
        Assert.Equal(Enumerable.Range(0, second.Count).Select(i => (float)i), second);
    }

    [Fact]
    public void Random_sampling_starts_each_minibatch_from_the_initial_state()
    {
        var model = new RecordingModel(s_corpus.Vocabulary.Count);
        var options = s_small with { Epochs = 1, Steps = 20, Sampler = SamplerKind.Random };
        _ = new Trainer(model, s_corpus.Tokens, options).Run(TestContext.Current.CancellationToken).Last();
        Assert.InRange(model.StatesSeen.Count, 4, 5);
        Assert.All(model.StatesSeen, seen => Assert.Equal(0, seen));
    }

    [Fact]
    public void A_report_gives_tokens_per_second_by_the_given_clock()
    {
        var time = new ManualTime(TimeSpan.FromSeconds(2));
        var report = new Trainer(Model(), s_corpus.Tokens, s_small, time)
            .Run(TestContext.Current.CancellationToken)
            .First();
        Assert.Equal(1, report.Epoch);
        Assert.Equal(TimeSpan.FromSeconds(2), report.Elapsed);
        Assert.Equal(report.Tokens / 2.0, report.TokensPerSecond);
        Assert.Equal(0, report.Tokens % 40);
    }

    [Fact]
    public void An_epoch_is_trained_only_when_it_is_asked_for()
    {
        var model = new RecordingModel(s_corpus.Vocabulary.Count);
        using var epochs = new Trainer(model, s_corpus.Tokens, s_small)
            .Run(TestContext.Current.CancellationToken)
            .GetEnumerator();
        Assert.Empty(model.StatesSeen);
        Assert.True(epochs.MoveNext());
        Assert.NotEmpty(model.StatesSeen);
    }

    [Fact]
    public void Tokens_are_counted_over_all_epochs()
    {
        var trainer = new Trainer(Model(), s_corpus.Tokens, s_small);
        Assert.Equal(0, trainer.TokensTrained);
        var tokens = 0L;
        foreach (var report in trainer.Run(TestContext.Current.CancellationToken))
        {
            tokens += report.Tokens;
            Assert.Equal(tokens, trainer.TokensTrained);
        }
    }

    [Theory]
    [InlineData(SamplerKind.Sequential, typeof(SequentialPartition))]
    [InlineData(SamplerKind.Random, typeof(RandomSampling))]
    public void Settings_make_their_sampler(SamplerKind kind, Type type)
    {
        var sampler = (s_small with { Sampler = kind }).CreateSampler();
        Assert.Equal((type, 4, 10), (sampler.GetType(), sampler.BatchSize, sampler.Steps));
    }

    [Fact]
    public void Cancelling_stops_between_minibatches_with_the_model_as_it_was()
    {
        var model = Model();
        using var source = new CancellationTokenSource();
        var trainer = new Trainer(model, s_corpus.Tokens, s_small);
        float[]? kept = null;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var report in trainer.Run(source.Token))
            {
                kept = model.Parameters[1].Value.ToArray();
                source.Cancel();
            }
        });
        Assert.Equal(kept, model.Parameters[1].Value.ToArray());
    }

    [Fact]
    public void Stops_with_a_finite_model_when_the_loss_is_not()
    {
        var model = new RnnFromScratch(
            new ModelConfiguration { VocabularySize = s_corpus.Vocabulary.Count, HiddenSize = 16 },
            RandomStream.Parameters(3),
            step: (x, state, p) =>
            {
                var H = Tensor.MatMul(x, p[0]) + (Tensor.MatMul(state.Parts[0], p[1]) * 1000f) + 1f;
                return (Tensor.MatMul(H, p[3]) + p[4], new ModelState(H));
            }
        );
        var wild = s_small with { LearningRate = 1000, ClipNorm = null };
        var error = Assert.Throws<TrainingDivergedException>(() =>
            new Trainer(model, s_corpus.Tokens, wild).Run(TestContext.Current.CancellationToken).Last()
        );
        Assert.Contains(" minibatch ", error.Message);
        Assert.Contains("learning rate (1000)", error.Message);
        Assert.All(model.Parameters, p => Assert.True(p.Value.ToArray().All(float.IsFinite)));
    }

    [Fact]
    public void Says_how_many_tokens_are_needed_and_how_many_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            new Trainer(Model(), s_corpus.Tokens[..154], new TrainerOptions())
        );
        Assert.Contains("1,155 tokens are needed", error.Message);
        Assert.Contains("there are 154", error.Message);
    }

    [Fact]
    public void The_usual_learning_rate_and_weight_decay_are_the_optimizers()
    {
        static (double Rate, double Decay) Usual(OptimizerKind optimizer)
        {
            var options = new TrainerOptions { Optimizer = optimizer };
            return (options.LearningRate, options.WeightDecay);
        }
        Assert.Equal((1, 0), Usual(OptimizerKind.Sgd));
        Assert.Equal((0.002, 0), Usual(OptimizerKind.RmsProp));
        Assert.Equal((0.003, 0), Usual(OptimizerKind.Adam));
        Assert.Equal((0.003, 0.01), Usual(OptimizerKind.AdamW));
        Assert.Equal((0.01, 0.01), Usual(OptimizerKind.Muon));
        Assert.Equal(0.5, new TrainerOptions { LearningRate = 0.5 }.LearningRate);
    }

    [Fact]
    public void Options_out_of_range_name_the_bound()
    {
        Assert.Contains("1 to 65,536", Throws(() => new() { BatchSize = 0 }));
        Assert.Contains("1 to 65,536", Throws(() => new() { Steps = 100_000 }));
        Assert.Contains("1 to 1,000,000", Throws(() => new() { Epochs = 0 }));
        Assert.Contains("above 0 and at most 1,000", Throws(() => new() { LearningRate = 0 }));
        Assert.Contains("above 0 and at most 1,000", Throws(() => new() { LearningRate = 1001 }));
        Assert.Contains("above 0", Throws(() => new() { ClipNorm = double.NaN }));
        Assert.Contains("above 0", Throws(() => new() { ClipValue = 0 }));
        Assert.Contains("below 1", Throws(() => new() { Momentum = 1 }));
        Assert.Contains("below 1", Throws(() => new() { WeightDecay = -0.1 }));
        Assert.Contains("0 to 1,000,000,000", Throws(() => new() { WarmupUpdates = -1 }));
        Assert.Contains("above 0 and at most 1", Throws(() => new() { FinalRate = 1.1 }));

        static string Throws(Func<TrainerOptions> options) =>
            Assert.Throws<ArgumentOutOfRangeException>(options).Message;
    }
}
