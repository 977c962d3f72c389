using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Ranks that stop, save, go on and fail together.</summary>
public sealed class RanksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stop_wish_of_any_rank_stops_all_after_the_same_minibatch()
    {
        var trained = ShardedRun.AsRanks(
            4,
            rank =>
            {
                using var stop = new CancellationTokenSource();
                var trainer = ShardedRun.Create(ShardedRun.Model(), ShardedRun.Options with { Epochs = 100 }, rank);
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
                Assert.ThrowsAny<OperationCanceledException>(() => ShardedRun.Train(trainer, stop.Token));
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
        ShardedRun.AsRanks(
            4,
            rank =>
            {
                var trainer = ShardedRun.Create(ShardedRun.Model(), ShardedRun.Options, rank);
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
                Assert.Throws<OperationCanceledException>(() => ShardedRun.Train(trainer));
                return 0;
            }
        );
        var alone = ShardedRun.Create(ShardedRun.Model(), ShardedRun.Options, null);
        var own = _folder["b.checkpoint"];
        var so = 0;
        alone.Observers.Add(
            new EachMinibatch(() =>
            {
                if (++so == 6)
                {
                    alone.SaveCheckpoint(own);
                }
            })
        );
        ShardedRun.Train(alone);
        Assert.Equal(File.ReadAllBytes(own), File.ReadAllBytes(path));

        var finished = ShardedRun.AsRanks(
            ranks,
            rank =>
            {
                var model = ShardedRun.Model();
                var trainer = ShardedRun.Create(model, ShardedRun.Options, rank);
                trainer.ResumeFrom(path);
                ShardedRun.Train(trainer);
                return ShardedRun.Result(model, trainer).Split(' ')[^1];
            }
        );
        var expected = ShardedRun.Results(1, ShardedRun.Options)[0].Split(' ')[^1];
        Assert.All(finished, one => Assert.Equal(expected, one));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2000)] // one strip, of which but one rank reads
    public void Validation_is_the_same_number_on_any_number_of_ranks_within_epochs_too(double validation)
    {
        var options = ShardedRun.Options with { Validation = validation, ValidateEvery = 600, BatchSize = 8 };
        var expected = LossesOf(1)[0];
        Assert.InRange(expected.Split('|').Length, 10, 20);
        foreach (var ranks in new[] { 2, 4, 8 })
        {
            Assert.All(LossesOf(ranks), one => Assert.Equal(expected, one));
        }

        string[] LossesOf(int ranks) =>
            ShardedRun.AsRanks(
                ranks,
                rank =>
                {
                    var losses = new ValidationLosses();
                    var trainer = ShardedRun.Create(ShardedRun.Model(), options, rank);
                    trainer.Observers.Add(losses);
                    ShardedRun.Train(trainer);
                    var ends = trainer.Reports.Select(report => $"{report.ValidationLoss:R}");
                    return string.Join('|', losses.All.Concat(ends));
                }
            );
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_gone_on_from_stops_every_rank()
    {
        var path = _folder["none.checkpoint"];
        Assert.Throws<ModelFileException>(() =>
            ShardedRun.AsRanks(
                2,
                rank =>
                {
                    ShardedRun.Create(ShardedRun.Model(), ShardedRun.Options, rank).ResumeFrom(path);
                    return 0;
                }
            )
        );
        ShardedRun.Create(ShardedRun.Model("gru"), ShardedRun.Options, null).SaveCheckpoint(path);
        var messages = ShardedRun.AsRanks(
            2,
            rank =>
                Assert
                    .Throws<ModelFileException>(() =>
                        ShardedRun.Create(ShardedRun.Model(), ShardedRun.Options, rank).ResumeFrom(path)
                    )
                    .Message
        );
        Assert.Equal(messages[0], messages[1]);
        Assert.Contains("another model", messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_that_fails_ends_the_others()
    {
        var messages = ShardedRun.AsRanks(
            4,
            rank =>
            {
                var trainer = ShardedRun.Create(ShardedRun.Model(), ShardedRun.Options, rank);
                if (rank!.Rank == 1)
                {
                    trainer.Observers.Add(new EachMinibatch(() => throw new InvalidOperationException("out of luck")));
                }
                var error = Assert.ThrowsAny<Exception>(() => ShardedRun.Train(trainer));
                ((ThreadRanks)rank).Fail(error);
                return error.Message;
            }
        );
        Assert.Equal("out of luck", messages[1]);
        messages[1] = messages[0];
        Assert.All(messages, one => Assert.Equal($"Rank 1 on {Environment.MachineName} failed: out of luck", one));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // before there is a checkpoint of what is wrong
    public void A_rank_that_has_come_to_other_weights_is_named_on_all(bool saves)
    {
        var path = _folder["wrong.checkpoint"];
        var results = ShardedRun.AsRanks(
            4,
            rank =>
            {
                var model = ShardedRun.Model();
                var trainer = ShardedRun.Create(model, ShardedRun.Options, rank);
                var minibatches = 0;
                trainer.Observers.Add(
                    new EachMinibatch(() =>
                    {
                        if (++minibatches == 3 && rank!.Rank == 2)
                        {
                            var weights = model.Parameters[0].Value;
                            weights.Write([.. weights.ToArray().Select((value, i) => i == 5 ? -value : value)]);
                        }
                        if (minibatches == 6 && saves)
                        {
                            trainer.SaveCheckpoint(path);
                        }
                    })
                );
                var error = Assert.Throws<RanksException>(() => ShardedRun.Train(trainer));
                return (error.Message, minibatches);
            }
        );
        var host = Environment.MachineName;
        Assert.StartsWith($"Rank 2 on {host} has other weights than rank 0 on {host} in epoch 1, ", results[0].Message);
        Assert.All(results, one => Assert.Equal(results[0], one));
        Assert.Equal(saves, results[0].minibatches == 6);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_stop_wish_during_a_validation_stops_all_before_the_next_minibatch()
    {
        var trained = ShardedRun.AsRanks(
            4,
            rank =>
            {
                using var stop = new CancellationTokenSource();
                var options = ShardedRun.Options with { ValidateEvery = 600 };
                var model = new MeasuredModel(
                    ShardedRun.Model(),
                    () =>
                    {
                        if (rank!.Rank == 2)
                        {
                            stop.Cancel();
                        }
                    }
                );
                var trainer = ShardedRun.Create(model, options, rank);
                var minibatches = 0;
                trainer.Observers.Add(new EachMinibatch(() => minibatches++));
                Assert.ThrowsAny<OperationCanceledException>(() => ShardedRun.Train(trainer, stop.Token));
                return minibatches;
            }
        );
        Assert.All(trained, minibatches => Assert.Equal(4, minibatches)); // of 192 tokens: more than 600
    }

    [Fact]
    public void An_accident_of_one_rank_takes_all_back()
    {
        var results = ShardedRun.AsRanks(
            2,
            rank =>
            {
                var model = ShardedRun.Model();
                var trainer = ShardedRun.Create(
                    rank!.Rank == 1 ? new PoisonedModel(model, 9) : model,
                    ShardedRun.Options,
                    rank
                );
                ShardedRun.Train(trainer);
                Assert.Equal(3, Assert.Single(trainer.Recoveries).Minibatch);
                return ShardedRun.Result(model, trainer);
            }
        );
        Assert.Equal(results[0], results[1]);
        Assert.NotEqual(ShardedRun.Results(1, ShardedRun.Options)[0], results[0]); // half the learning rate
    }

    [Fact]
    public void The_clock_of_rank_0_alone_counts()
    {
        var minibatches = ShardedRun.AsRanks(
            4,
            rank =>
            {
                var options = ShardedRun.Options with
                {
                    Epochs = 1000,
                    Budget = TimeSpan.FromSeconds(30),
                    Schedule = ScheduleKind.Cosine,
                };
                // Clocks that run at different speeds: those of the others would end the run sooner or never.
                var time = new ManualTime(TimeSpan.FromSeconds(rank!.Rank == 0 ? 0.5 : rank.Rank * 3 - 3));
                var model = ShardedRun.Model("gru");
                var trainer = new Trainer(model, ShardedRun.Tokens, options, time, new() { Ranks = rank });
                ShardedRun.Train(trainer);
                Assert.True(trainer.IsOutOfTime);
                return (trainer.TokensTrained, ShardedRun.Result(model, trainer).Split(' ')[^1]);
            }
        );
        Assert.True(minibatches[0].TokensTrained > 0);
        Assert.All(minibatches, one => Assert.Equal(minibatches[0], one));
    }

    [Fact]
    public void A_session_writes_files_tells_of_itself_and_ends_on_rank_0_alone()
    {
        Assert.Equal([2, 0], Session("together", 2));
        Assert.Equal([2], Session("alone", 1));
        Assert.Equal(
            ["alone.0.checkpoint", "alone.safetensors", "together.0.checkpoint", "together.safetensors"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order()
        );
        var alone = File.ReadAllBytes(_folder["alone.safetensors"]);
        Assert.Equal(alone, File.ReadAllBytes(_folder["together.safetensors"]));
    }

    /// <summary>Trains a session to its end, with all that it does there; the epochs that each rank told of.</summary>
    private int[] Session(string name, int ranks)
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Repeat("the miller of Dee. ", 600)));
        var options = ShardedRun.Options with { Validation = 0.2, AveragedEpochs = 2 }; // two strips
        var model = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = 8,
        };
        return ShardedRun.AsRanks(
            ranks,
            rank =>
            {
                var number = rank?.Rank ?? 0;
                var observer = new EachMinibatch();
                var session = new TrainingSession(
                    corpus,
                    new TrainingPlan(model, options) { Counts = CountsUse.Always },
                    new TrainingSessionOptions
                    {
                        CheckpointPath = _folder[$"{name}.{number}.checkpoint"],
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
                if (number == 0)
                {
                    session.Finish().Save(_folder[$"{name}.safetensors"]); // without the others
                }
                return observer.Epochs.Count;
            }
        );
    }

    /// <summary>A model that tells when it is measured and not trained.</summary>
    private sealed class MeasuredModel(ILanguageModel inner, Action isMeasured) : ILanguageModel
    {
        public ModelConfiguration Configuration => inner.Configuration;

        public IReadOnlyList<Parameter> Parameters => inner.Parameters;

        public ModelState InitialState(int batch) => inner.InitialState(batch);

        public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
        {
            if (dropout is null)
            {
                isMeasured();
            }
            return inner.Forward(tokens, state, dropout);
        }
    }
}
