using Recurrent.Formats;
using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Shards, and the ranks that share them out: one model to the byte, however many ranks there are.</summary>
public sealed class ShardsTests : IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 7000).Select(i => (int)((long)i * i % 11))];

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 16,
        Shards = 8,
        Steps = 12,
        Epochs = 2,
        Optimizer = OptimizerKind.AdamW,
        LearningRate = 0.01,
        ClipNorm = 0.5,
        Validation = 0.5, // three strips of a thousand tokens, for fewer and for more ranks
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ILanguageModel Model(string kind = "lstm", Device? device = null) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = 11,
                HiddenSize = 20,
                Layers = kind == "lstm" ? 2 : 1,
                Dropout = kind == "lstm" ? 0.2 : 0,
                EmbeddingSize = kind == "lstm" ? 20 : 0,
                TiedWeights = kind == "lstm",
            },
            RandomStream.Parameters(5),
            device ?? new CpuDevice(threads: 1)
        );

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    private static Trainer Create(ILanguageModel model, TrainerOptions options, Ranks? ranks) =>
        new(model, s_tokens, options, new SetTime(), new TrainingParts { Ranks = ranks });

    private static void Train(Trainer trainer, CancellationToken? cancellationToken = null)
    {
        foreach (var _ in trainer.Run(cancellationToken ?? TestContext.Current.CancellationToken)) { }
    }

    /// <summary>Weights and figures of the epochs, without the time that they took.</summary>
    private static string Result(ILanguageModel model, Trainer trainer) =>
        string.Join(
            ' ',
            trainer
                .Reports.Select(one => $"{one.Loss:R} {one.ValidationLoss:R} {one.GradientNorm:R} {one.Tokens}")
                .Append(StartingWeights.HashOf(model.Parameters.Select(parameter => parameter.Value)))
        );

    private static string[] Results(int ranks, TrainerOptions options, string kind = "lstm") =>
        RankThreads.Run(
            ranks,
            rank =>
            {
                var model = Model(kind);
                var trainer = Create(model, options, rank);
                Train(trainer);
                return Result(model, trainer);
            }
        );

    // Kinds, samplers, optimisers, numbers of ranks and threads, and vector widths: each pair that matters occurs.
    [Theory]
    [InlineData("lstm", SamplerKind.Sequential, OptimizerKind.AdamW, 2, 1)]
    [InlineData("lstm", SamplerKind.Random, OptimizerKind.Sgd, 4, 2)]
    [InlineData("gru", SamplerKind.Sequential, OptimizerKind.RmsProp, 8, 1)]
    [InlineData("gru", SamplerKind.Random, OptimizerKind.AdamW, 2, 2)]
    [InlineData("rnn", SamplerKind.Random, OptimizerKind.Muon, 8, 2)]
    [InlineData("rnn", SamplerKind.Sequential, OptimizerKind.Sgd, 4, 1)]
    [InlineData("mingru", SamplerKind.Sequential, OptimizerKind.Adam, 4, 2)]
    [InlineData("mingru", SamplerKind.Random, OptimizerKind.RmsProp, 2, 1)]
    [InlineData("rnn-scratch", SamplerKind.Sequential, OptimizerKind.AdamW, 4, 1)]
    public void Any_number_of_ranks_trains_the_same_bytes(
        string kind,
        SamplerKind sampler,
        OptimizerKind optimizer,
        int ranks,
        int threads
    )
    {
        var options = s_options with { Sampler = sampler, Optimizer = optimizer, ValidateEvery = 500 };
        var alone = Results(1, options, kind)[0];
        var tiers = VectorTier.All.Where(tier => tier.IsAccelerated).ToArray();
        var together = RankThreads.Run(
            ranks,
            rank =>
            {
                var model = Model(kind, new CpuDevice(threads, tiers[rank!.Rank % tiers.Length]));
                var trainer = Create(model, options, rank);
                Train(trainer);
                return Result(model, trainer);
            }
        );
        Assert.All(together, one => Assert.Equal(alone, one));
    }

    [Theory]
    [InlineData(12, 12, 3)]
    [InlineData(12, 6, 3)]
    [InlineData(20, 5, 5)]
    public void Shards_need_not_be_a_power_of_two(int batch, int shards, int ranks)
    {
        var options = s_options with { BatchSize = batch, Shards = shards };
        var alone = Results(1, options)[0];
        Assert.All(Results(ranks, options), one => Assert.Equal(alone, one));
        Assert.NotEqual(alone, Results(1, options with { Shards = 1 })[0]); // other dropout
    }

    [Fact]
    public void A_shard_is_a_small_batch_of_its_rows_and_the_gradients_are_added_in_the_order_of_the_tree()
    {
        var (model, trained) = (Model("gru"), Model("gru"));
        var options = s_options with { Shards = 4, Validation = 0 };
        Train(Create(trained, options, null));
        var (adam, schedule) = (options.CreateOptimizer(model.Parameters), options.CreateSchedule());
        var updates = 0;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            var states = Enumerable.Range(0, 4).Select(_ => model.InitialState(4)).ToArray();
            var shares = Enumerable
                .Range(0, 4)
                .Select(shard =>
                    options
                        .CreateSampler()
                        .Share(shard, 4)
                        .Epoch(s_tokens, RandomStream.Batching(options.Seed), epoch)
                        .Select(minibatch => (X: minibatch.X.ToArray(), Y: minibatch.Y.ToArray()))
                        .ToArray()
                )
                .ToArray();
            for (var minibatch = 0; minibatch < shares[0].Length; minibatch++)
            {
                var gradients = new float[4][][]; // (shards)(parameters)(values)
                for (var shard = 0; shard < 4; shard++)
                {
                    var (x, y) = shares[shard][minibatch];
                    var (logits, next) = model.Forward(Indices.From(x, 12, 4), states[shard]);
                    foreach (var parameter in model.Parameters)
                    {
                        parameter.Value.ClearGradient();
                    }
                    Tensor.SoftmaxCrossEntropy(logits, Indices.From(y, 12, 4)).Backward();
                    gradients[shard] = [.. model.Parameters.Select(p => p.Value.Gradient!.ToArray())];
                    states[shard] = next.Detach();
                }
                for (var i = 0; i < model.Parameters.Count; i++)
                {
                    var sum = new float[gradients[0][i].Length];
                    for (var j = 0; j < sum.Length; j++)
                    {
                        // A quarter of the mean over a shard is, to the bit, its part of the mean over all.
                        float Part(int shard) => gradients[shard][i][j] / 4;
                        sum[j] = Part(0) + Part(1) + (Part(2) + Part(3));
                    }
                    model.Parameters[i].Value.Gradient!.Write(sum);
                }
                GradientClipping.ByGlobalNorm(model.Parameters, 0.5);
                adam.Update(schedule.RateAt(updates++, 0));
            }
        }
        Assert.Equal(Weights(trained), Weights(model));
    }

    [Fact]
    public void Shards_learn_what_one_learns_but_for_rounding()
    {
        var options = s_options with { Epochs = 1 };
        var losses = new[] { 1, 4 }.Select(shards =>
        {
            var trainer = Create(Model("gru"), options with { Shards = shards }, null);
            Train(trainer);
            return trainer.Last!;
        });
        Assert.Equal(losses.First().Loss, losses.Last().Loss, 1e-4);
        Assert.Equal(losses.First().ValidationLoss!.Value, losses.Last().ValidationLoss!.Value, 1e-4);
    }

    [Theory]
    [InlineData(8, 3, "start 1, 2, 4, 8,")]
    [InlineData(12, 2, "start 1, 3, 6, 12,")]
    [InlineData(1, 2, "start 1,")]
    public void Ranks_that_would_not_have_a_part_of_the_tree_each_are_refused(int shards, int ranks, string wayOut)
    {
        var options = s_options with { BatchSize = 24, Shards = shards };
        var error = Assert.Throws<RanksException>(() => Results(ranks, options));
        Assert.StartsWith($"{ranks} ranks cannot share out {shards} shard", error.Message, StringComparison.Ordinal);
        Assert.Contains(wayOut, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_that_do_not_divide_the_batch_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Results(1, s_options with { Shards = 6 }));
        Assert.Equal(
            "6 shards do not divide a batch of 16; choose 4, or a batch that is a multiple of 6.",
            error.Message
        );
    }

    [Theory]
    [InlineData("learning rate", "has learning-rate 0.01 and rank 0 on HOST has 0.02")]
    [InlineData("text", "differs from rank 0 on HOST in its text")]
    [InlineData("weights", "differs from rank 0 on HOST in its initial weights")]
    public void Ranks_that_do_not_train_the_same_are_told_apart(string setting, string difference)
    {
        var messages = RankThreads.Run(
            4,
            rank =>
            {
                var isOdd = rank!.Rank == 0;
                var model = LanguageModel.Create(
                    "gru",
                    vocabularySize: 11,
                    hiddenSize: 4,
                    seed: setting == "weights" ? rank.Rank : 1
                );
                var options = s_options with { LearningRate = isOdd && setting == "learning rate" ? 0.02 : 0.01 };
                var tokens = isOdd && setting == "text" ? s_tokens[1..] : s_tokens;
                var trainer = new Trainer(model, tokens, options, parts: new() { Ranks = rank });
                return Assert.Throws<RanksException>(() => Train(trainer)).Message;
            }
        );
        var host = Environment.MachineName;
        Assert.All(
            messages,
            message =>
                Assert.Equal(
                    $"Rank 1 on {host} {difference.Replace("HOST", host, StringComparison.Ordinal)}; start all ranks "
                        + "with the same program, text and settings.",
                    message
                )
        );
    }

    [Fact]
    public void A_stop_wish_of_any_rank_stops_all_after_the_same_minibatch()
    {
        var trained = RankThreads.Run(
            4,
            rank =>
            {
                using var stop = new CancellationTokenSource();
                var trainer = Create(Model(), s_options with { Epochs = 100 }, rank);
                var minibatches = 0;
                trainer.Observers.Add(
                    new EachMinibatch(() =>
                    {
                        if (++minibatches == 7 && rank!.Rank == 2)
                        {
                            stop.Cancel();
                        }
                    })
                );
                Assert.ThrowsAny<OperationCanceledException>(() => Train(trainer, stop.Token));
                return minibatches;
            }
        );
        Assert.All(trained, minibatches => Assert.Equal(8, minibatches));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    [InlineData(8)]
    public void What_four_ranks_began_any_number_of_them_finishes(int ranks)
    {
        var path = _folder["a.checkpoint"];
        RankThreads.Run(
            4,
            rank =>
            {
                var trainer = Create(Model(), s_options, rank);
                var minibatches = 0;
                trainer.Observers.Add(
                    new EachMinibatch(() =>
                    {
                        if (++minibatches == 6)
                        {
                            trainer.SaveCheckpoint(path);
                            throw new OperationCanceledException();
                        }
                    })
                );
                Assert.Throws<OperationCanceledException>(() => Train(trainer));
                return 0;
            }
        );
        var alone = Create(Model(), s_options, null);
        var own = _folder["b.checkpoint"];
        var so = 0;
        alone.Observers.Add(new EachMinibatch(() => { if (++so == 6) { alone.SaveCheckpoint(own); } }));
        Train(alone);
        Assert.Equal(File.ReadAllBytes(own), File.ReadAllBytes(path));

        var finished = RankThreads.Run(
            ranks,
            rank =>
            {
                var model = Model();
                var trainer = Create(model, s_options, rank);
                trainer.ResumeFrom(path);
                Train(trainer);
                return Result(model, trainer).Split(' ')[^1];
            }
        );
        var expected = Results(1, s_options)[0].Split(' ')[^1];
        Assert.All(finished, one => Assert.Equal(expected, one));
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_gone_on_from_stops_every_rank()
    {
        var path = _folder["none.checkpoint"];
        Assert.Throws<ModelFileException>(() =>
            RankThreads.Run(
                2,
                rank =>
                {
                    Create(Model(), s_options, rank).ResumeFrom(path);
                    return 0;
                }
            )
        );
        Create(Model("gru"), s_options, null).SaveCheckpoint(path);
        var messages = RankThreads.Run(
            2,
            rank =>
                Assert.Throws<ModelFileException>(() => Create(Model(), s_options, rank).ResumeFrom(path)).Message
        );
        Assert.Equal(messages[0], messages[1]);
        Assert.Contains("another model", messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_that_fails_ends_the_others()
    {
        var messages = RankThreads.Run(
            4,
            rank =>
            {
                var trainer = Create(Model(), s_options, rank);
                if (rank!.Rank == 1)
                {
                    trainer.Observers.Add(new EachMinibatch(() => throw new InvalidOperationException("out of luck")));
                }
                var error = Assert.ThrowsAny<Exception>(() => Train(trainer));
                ((ThreadRanks)rank).Fail(error);
                return error.Message;
            }
        );
        Assert.Equal("out of luck", messages[1]);
        messages[1] = messages[0];
        Assert.All(
            messages,
            one => Assert.Equal($"Rank 1 on {Environment.MachineName} failed: out of luck", one)
        );
    }

    [Fact]
    public void An_accident_of_one_rank_takes_all_back()
    {
        var results = RankThreads.Run(
            2,
            rank =>
            {
                var model = Model();
                var trainer = Create(rank!.Rank == 1 ? new PoisonedModel(model, 9) : model, s_options, rank);
                Train(trainer);
                Assert.Equal(3, Assert.Single(trainer.Recoveries).Minibatch);
                return Result(model, trainer);
            }
        );
        Assert.Equal(results[0], results[1]);
        Assert.NotEqual(Results(1, s_options)[0], results[0]); // half the learning rate
    }

    [Fact]
    public void The_clock_of_rank_0_alone_counts()
    {
        var minibatches = RankThreads.Run(
            4,
            rank =>
            {
                var options = s_options with
                {
                    Epochs = 1000,
                    Budget = TimeSpan.FromSeconds(30),
                    Schedule = ScheduleKind.Cosine,
                };
                // Clocks that run at different speeds: those of the others would end the run sooner or never.
                var time = new ManualTime(TimeSpan.FromSeconds(rank!.Rank == 0 ? 0.5 : rank.Rank * 3 - 3));
                var model = Model("gru");
                var trainer = new Trainer(model, s_tokens, options, time, new() { Ranks = rank });
                Train(trainer);
                Assert.True(trainer.IsOutOfTime);
                return (trainer.TokensTrained, Result(model, trainer).Split(' ')[^1]);
            }
        );
        Assert.True(minibatches[0].TokensTrained > 0);
        Assert.All(minibatches, one => Assert.Equal(minibatches[0], one));
    }

    [Fact]
    public void A_session_writes_files_and_tells_of_itself_on_rank_0_alone()
    {
        var corpus = Recurrent.Text.Corpus.FromText(string.Concat(Enumerable.Repeat("the miller of Dee. ", 300)));
        var told = RankThreads.Run(
            2,
            rank =>
            {
                var observer = new EachMinibatch();
                var session = new TrainingSession(
                    corpus,
                    new TrainingPlan(
                        new ModelConfiguration
                        {
                            Kind = "gru",
                            VocabularySize = corpus.Vocabulary.Count,
                            HiddenSize = 8,
                        },
                        s_options with
                        {
                            Validation = 0.2,
                        }
                    ),
                    new TrainingSessionOptions
                    {
                        CheckpointPath = _folder[$"{rank!.Rank}.checkpoint"],
                        Observers = [observer],
                        Parts = new() { Ranks = rank },
                    }
                );
                Assert.False(session.Resume());
                foreach (var _ in session.Run(TestContext.Current.CancellationToken))
                {
                    session.Trainer.RequestCheckpoint();
                }
                session.SaveCheckpoint();
                var trained = session.Finish();
                trained.Save(_folder[$"{rank.Rank}.safetensors"]);
                return observer.Epochs.Count;
            }
        );
        Assert.Equal([2, 0], told);
        Assert.Equal(
            ["0.checkpoint", "0.safetensors", "1.safetensors"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order()
        );
        Assert.Equal(File.ReadAllBytes(_folder["0.safetensors"]), File.ReadAllBytes(_folder["1.safetensors"]));
    }
}
