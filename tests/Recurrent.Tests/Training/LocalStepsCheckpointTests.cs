using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>Shards that train by themselves for some minibatches, and are stopped within.</summary>
public sealed class LocalStepsCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // An epoch has 18 minibatches, so that 5 of them leave a part of a round at its end.
    private static TrainerOptions Options { get; } = ShardedRun.Options with { Shards = 4, LocalSteps = 5 };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 1, 7)] // within a round
    [InlineData(4, 2, 7)]
    [InlineData(1, 4, 7)]
    [InlineData(2, 4, 10)] // at its end
    [InlineData(2, 1, 18)] // at the end of an epoch
    [InlineData(4, 2, 21)]
    public void What_some_ranks_began_any_number_of_them_finishes(int begun, int finished, int at)
    {
        var paths = new[] { begun, 1 }.Select(ranks => Save(ranks, at)).ToArray();
        Assert.Equal(File.ReadAllBytes(paths[1]), File.ReadAllBytes(paths[0]));

        var expected = ShardedRun.Results(1, Options)[0].Split(' ')[^1];
        var results = ShardedRun.AsRanks(
            finished,
            rank =>
            {
                var model = ShardedRun.Model();
                var trainer = ShardedRun.Create(model, Options, rank);
                trainer.ResumeFrom(paths[0]);
                ShardedRun.Train(trainer);
                return ShardedRun.Result(model, trainer).Split(' ')[^1];
            }
        );
        Assert.All(results, one => Assert.Equal(expected, one));
    }

    [Fact]
    public void A_file_that_cannot_be_written_does_not_hold_up_the_ranks_that_send_their_tensors()
    {
        var expected = ShardedRun.Results(1, Options)[0];
        var results = ShardedRun.AsRanks(
            4,
            rank =>
            {
                var model = ShardedRun.Model();
                var trainer = ShardedRun.Create(model, Options, rank);
                var failures = 0;
                trainer.Observers.Add(
                    new EachMinibatch(() =>
                    {
                        try
                        {
                            trainer.SaveCheckpoint(_folder["no such folder/a.checkpoint"]);
                        }
                        catch (IOException)
                        {
                            failures++;
                        }
                    })
                );
                ShardedRun.Train(trainer);
                Assert.Equal(rank!.Rank == 0 ? trainer.TokensTrained / 192 : 0, failures);
                return ShardedRun.Result(model, trainer);
            }
        );
        Assert.All(results, one => Assert.Equal(expected, one));
    }

    [Fact]
    public void A_run_with_local_steps_goes_on_with_them_alone()
    {
        var path = Save(1, 7);
        var error = Assert.Throws<ModelFileException>(() =>
            ShardedRun.Create(ShardedRun.Model(), Options with { LocalSteps = null }, null).ResumeFrom(path)
        );
        Assert.Contains("it is of a training run with local steps 5", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ModelFileException>(() =>
            ShardedRun.Create(ShardedRun.Model(), Options with { OuterRate = 0.5 }, null).ResumeFrom(path)
        );
        Assert.Contains("outer rate 0.7 instead of 0.5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_optimiser_of_another_run_remembers_every_worker_goes_on_with()
    {
        var path = Save(1, 9, Options with { LocalSteps = null });
        var results = new[] { 1, 2, 4 }.SelectMany(ranks => ShardedRun.AsRanks(ranks, rank => Train(rank, path)));
        Assert.Single(results.Distinct());
        Assert.NotEqual(Train(null, null), results.First());

        var error = Assert.Throws<ModelFileException>(() => Train(null, Save(1, 9)));
        Assert.Contains("with local steps, each of whose shards has ", error.Message, StringComparison.Ordinal);

        static string Train(Ranks? rank, string? moments)
        {
            var model = ShardedRun.Model();
            var trainer = ShardedRun.Create(model, Options with { Epochs = 1 }, rank);
            if (moments is not null)
            {
                trainer.TakeMoments(moments);
            }
            ShardedRun.Train(trainer);
            return ShardedRun.Result(model, trainer);
        }
    }

    [Fact]
    public void Several_networks_that_are_stopped_and_gone_on_with_come_to_the_bytes_of_an_undisturbed_run()
    {
        Session("undisturbed", 1, stopAt: null);
        Session("stopped", 4, stopAt: 12);
        Session("stopped", 2, stopAt: 30); // in the second network
        Session("stopped", 1, stopAt: null);
        Assert.Equal(
            File.ReadAllBytes(_folder["undisturbed.safetensors"]),
            File.ReadAllBytes(_folder["stopped.safetensors"])
        );
    }

    /// <summary>Goes on with a session of two networks, to its end or until it is stopped.</summary>
    private void Session(string name, int ranks, int? stopAt)
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Repeat("the miller of Dee. ", 600)));
        var options = Options with { Validation = 0.2 };
        var model = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = 8,
        };
        ShardedRun.AsRanks(
            ranks,
            rank =>
            {
                using var stop = new CancellationTokenSource();
                var minibatches = 0;
                var session = new TrainingSession(
                    corpus,
                    new TrainingPlan(model, options) { Networks = 2 },
                    new TrainingSessionOptions
                    {
                        CheckpointPath = _folder[$"{name}.checkpoint"],
                        Parts = new() { Ranks = rank },
                        Observers =
                        [
                            new EachMinibatch(() =>
                            {
                                if (++minibatches == stopAt)
                                {
                                    stop.Cancel();
                                }
                            }),
                        ],
                    }
                );
                session.Resume();
                try
                {
                    foreach (var _ in session.Run(stop.Token)) { }
                    Assert.Null(stopAt);
                }
                catch (OperationCanceledException)
                {
                    Assert.NotNull(stopAt);
                }
                session.SaveCheckpoint();
                if (rank is null or { Rank: 0 } && stopAt is null)
                {
                    session.Finish().Save(_folder[$"{name}.safetensors"]);
                }
                return 0;
            }
        );
    }

    private string Save(int ranks, int at, TrainerOptions? options = null)
    {
        var path = _folder[$"{ranks}.{at}.checkpoint"];
        ShardedRun.AsRanks(
            ranks,
            rank =>
            {
                var trainer = ShardedRun.Create(ShardedRun.Model(), options ?? Options, rank);
                var minibatches = 0;
                trainer.Observers.Add(
                    new EachMinibatch(() =>
                    {
                        if (++minibatches == at)
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
        return path;
    }
}
