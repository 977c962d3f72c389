using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Text;
using Recurrent.Training;
using static Recurrent.Tests.Training.SeveralNetworks;

namespace Recurrent.Tests.Training;

/// <summary>A run that trains several networks, whose mean is the model.</summary>
public sealed class NetworksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Checkpoint => _folder["checkpoint"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_is_the_network_of_a_run_of_its_own_with_its_seed()
    {
        var together = Train(Plan(networks: 3, seed: 5));
        Assert.Equal(3, together.Networks.Count);
        foreach (var (i, network) in together.Networks.Index())
        {
            Assert.Equal(Weights(Train(Plan(networks: 1, seed: 5 + (1000 * i))).Model), Weights(network));
        }
        Assert.Equal(
            Weights(Train(Plan(networks: 1, seed: long.MinValue + 999)).Model),
            Weights(Train(Plan(networks: 2, seed: long.MaxValue)).Networks[1])
        );
    }

    [Fact]
    public void The_model_is_their_mean_and_loses_no_more_than_they_do_on_average()
    {
        var session = new TrainingSession(Song, Plan(networks: 3));
        var trained = Train(session);
        var mean = session.Mean!;
        Assert.Equal(mean.ValidationPerplexity, trained.Training.ValidationPerplexity);
        Assert.Equal(
            mean.Alone,
            Enumerable.Range(0, 3).Select(i => Train(Plan(1, 1 + (1000 * i))).Training.ValidationPerplexity)
        );
        Assert.Equal(
            session.Trainer.MeasureHeldOut(MixedModel.Mean(trained.Networks)),
            session.Trainer.MeasureHeldOut(trained.Model)
        );
        Assert.InRange(mean.Loss!.Value, 0.1, mean.Alone.Average(perplexity => Math.Log(perplexity!.Value)));
        Assert.Equal((9, true), (trained.Training.Epochs, trained.Training.Tokens > session.TrainedTokens * 6));
        Assert.Contains(new("networks", "3"), trained.Training.Settings);
        Assert.DoesNotContain(Train(Plan(networks: 1)).Training.Settings, setting => setting.Key == "networks");
    }

    [Fact]
    public void Counts_join_the_mean()
    {
        var session = new TrainingSession(Song, Plan(networks: 2) with { Counts = CountsUse.Always });
        var trained = Train(session);
        var hybrid = Assert.IsType<MixedModel>(trained.Model);
        Assert.IsType<NGramModel>(hybrid.Second);
        Assert.Equal(0.5, hybrid.Weight);
        Assert.Equal(trained.Networks, [((MixedModel)hybrid.First).First, ((MixedModel)hybrid.First).Second]);
        Assert.Equal(session.Mean!.ValidationPerplexity, session.Counted!.NetworkPerplexity);
        Assert.Equal(session.Mean!.ValidationPerplexity, trained.Training.NetworkValidationPerplexity);
        Assert.Equal(session.Counted.ValidationPerplexity, trained.Training.ValidationPerplexity);
        Assert.Equal(
            Train(Plan(networks: 2)).Networks.Select(Weights),
            trained.WithoutCounts().Networks.Select(Weights)
        );
    }

    [Fact]
    public void Lines_that_are_held_out_are_the_same_for_all()
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Range(0, 200).Select(i => $"the miller {i * i % 7}\n")));
        var plan = Plan(networks: 2);
        plan = plan with
        {
            Model = plan.Model with { VocabularySize = corpus.Vocabulary.Count },
            Trainer = plan.Trainer with { ValidationLines = true },
        };
        var session = new TrainingSession(corpus, plan);
        var heldOut = session.Trainer.HeldOut;
        Train(session);
        Assert.Equal(2, session.Network);
        Assert.Same(heldOut, session.Trainer.HeldOut);
    }

    [Fact]
    public void A_run_goes_on_from_wherever_it_was_stopped_to_the_same_bytes()
    {
        var plan = Plan(networks: 3) with { Counts = CountsUse.Always };
        var whole = Bytes(Train(new TrainingSession(Song, plan)));
        var (minibatches, stops) = (0, 0);
        Train(new TrainingSession(Song, plan, new() { Observers = [new EachMinibatch(() => minibatches++)] }));
        HashSet<int> stoppedIn = [];
        for (var stop = 1; stop < minibatches; stop += 4)
        {
            using var stopping = new CancellationTokenSource();
            var seen = 0;
            var first = Session(plan, new EachMinibatch(() => Stop(++seen == stop)));
            Assert.Throws<OperationCanceledException>(() => first.Run(stopping.Token).ToList());
            Assert.True(first.SaveCheckpoint());
            stoppedIn.Add(first.Network);
            first.Finish();

            var second = Session(plan);
            Assert.True(second.Resume());
            Assert.Equal(first.Network, second.Network);
            Assert.Equal(whole, Bytes(Finish(second)));
            second.DeleteCheckpoint();
            Assert.Empty(_folder.Names);
            stops++;

            void Stop(bool isDue)
            {
                if (isDue)
                {
                    stopping.Cancel();
                }
            }
        }
        Assert.Equal([1, 2, 3], stoppedIn.Order());
        Assert.InRange(stops, 8, 100);
    }

    // Between two checkpoints: what it did since the last one is done again.
    [Fact]
    public void A_run_that_is_killed_goes_on_with_the_network_it_was_in()
    {
        var plan = Plan(networks: 3);
        var whole = Bytes(Train(plan));
        foreach (var reports in (int[])[2, 3, 4, 6, 8])
        {
            Assert.Equal(reports, Session(plan).Run(Cancellation).Take(reports).Count());
            var again = Session(plan);
            var isEnded = reports > 3;
            Assert.Equal(isEnded, again.Resume());
            Assert.Equal(isEnded ? ((reports - 1) / 3) + 1 : 1, again.Network);
            Assert.Equal(whole, Bytes(Finish(again)));
            Assert.Equal(["checkpoint", "checkpoint.network2"], _folder.Names.Order());
            again.DeleteCheckpoint();
        }
    }

    [Fact]
    public void The_checkpoints_of_an_older_run_are_not_gone_on_from()
    {
        Finish(Session(Plan(networks: 3, seed: 7)));
        Assert.Equal(["checkpoint", "checkpoint.network2"], _folder.Names.Order());
        var session = Session(Plan(networks: 3));
        Assert.Equal(2, session.Run(Cancellation).Take(2).Count());
        session.SaveCheckpoint();
        Assert.Equal(["checkpoint"], _folder.Names);
    }

    [Theory]
    [InlineData(1, "it is of a training run with networks 2; ")]
    [InlineData(3, "it is of a training run with networks 2 instead of 3; ")]
    public void A_run_of_other_networks_does_not_go_on(int networks, string problem)
    {
        Session(Plan(networks: 2)).SaveCheckpoint();
        var error = Assert.Throws<ModelFileException>(() => Session(Plan(networks)).Resume());
        Assert.Contains(problem, error.Message);
    }

    [Fact]
    public void The_checkpoint_of_another_network_is_refused()
    {
        Finish(Session(Plan(networks: 3)));
        File.Copy(_folder["checkpoint.network2"], Checkpoint, overwrite: true);
        var error = Assert.Throws<ModelFileException>(() => Session(Plan(networks: 3)).Resume());
        Assert.Contains("it is of a training run with network 2; ", error.Message);
    }

    [Fact]
    public void One_that_was_stopped_is_in_the_mean_where_the_validation_text_says_so()
    {
        var plan = Plan(networks: 2, epochs: 10);
        var (first, early) = (Stopped(10, plan), Stopped(11, plan));
        Assert.Equal(Weights(Train(Plan(networks: 1, epochs: 10)).Model), Weights(first.Model));
        Assert.Same(early.Model, Assert.Single(early.Networks));
        Assert.Equal(first.Training.ValidationPerplexity, early.Training.ValidationPerplexity);
        Assert.Equal(new("stopped", "network 2 of 2, epoch 1"), first.Training.Settings[^1]);
        var one = Stopped(2, plan);
        Assert.Equal(new("stopped", "network 1 of 2, epoch 3"), one.Training.Settings[^1]);
        Assert.Same(one.Model, Assert.Single(one.Networks));
        Assert.Single(Stopped(19, Plan(networks: 2, epochs: 10, validation: 0)).Networks);

        HashSet<int> found = [];
        for (var seed = 1; seed <= 8; seed++)
        {
            var late = Stopped(19, Plan(networks: 2, seed, epochs: 10));
            var alone = Train(Plan(networks: 1, seed, epochs: 10)).Training.ValidationPerplexity!.Value;
            Assert.InRange(late.Training.ValidationPerplexity!.Value, 1, alone);
            Assert.Equal(late.Training.ValidationPerplexity < alone, late.Networks.Count == 2);
            Assert.Equal(new("stopped", "network 2 of 2, epoch 10"), late.Training.Settings[^1]);
            found.Add(late.Networks.Count);
        }
        Assert.Equal([1, 2], found.Order());

        static TrainedModel Stopped(int reports, TrainingPlan plan)
        {
            var session = new TrainingSession(Song, plan);
            using var stopping = new CancellationTokenSource();
            try
            {
                foreach (var _ in session.Run(stopping.Token))
                {
                    if (--reports == 0)
                    {
                        stopping.Cancel();
                    }
                }
            }
            catch (OperationCanceledException) { }
            return session.Finish();
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void They_share_the_time(int networks)
    {
        var time = new SetTime();
        var plan = Plan(networks);
        plan = plan with
        {
            Trainer = plan.Trainer with { Epochs = 1000, Budget = TimeSpan.FromSeconds(120), Validation = 0 },
        };
        var minibatches = new int[networks];
        TrainingSession? session = null;
        session = new(
            Song,
            plan,
            new()
            {
                Time = time,
                Observers =
                [
                    new EachMinibatch(() =>
                    {
                        minibatches[session!.Network - 1]++;
                        time.Now += TimeSpan.FromSeconds(1);
                    }),
                ],
            }
        );
        Train(session);
        Assert.All(minibatches, count => Assert.Equal(120 / networks, count));
        Assert.Equal(1, session.Progress);
    }

    [Fact]
    public void One_that_there_was_no_time_for_is_left_out()
    {
        var time = new SetTime();
        var plan = Plan(networks: 3);
        plan = plan with { Trainer = plan.Trainer with { Budget = TimeSpan.FromSeconds(30), Validation = 0 } };
        var slow = new EachMinibatch(() => time.Now += TimeSpan.FromSeconds(40));
        var session = new TrainingSession(Song, plan, new() { Time = time, Observers = [slow] });
        Assert.Single(session.Run(Cancellation));
        Assert.Equal((3, true), (session.Network, session.Trainer.IsFinished));
        Assert.Single(session.Finish().Networks);
    }

    [Fact]
    public void Observers_are_told_of_each()
    {
        var seen = new Seen();
        Train(new TrainingSession(Song, Plan(networks: 2), new() { Observers = [seen] }));
        Assert.Equal(["start", "network 1", "1", "2", "3", "network 2", "1", "2", "3"], seen.Events);
        var one = new Seen();
        Train(new TrainingSession(Song, Plan(networks: 1), new() { Observers = [one] }));
        Assert.Equal(["start", "1", "2", "3"], one.Events);
    }

    [Fact]
    public void A_training_goes_on_from_one_network()
    {
        var trained = Train(Plan(networks: 2));
        var error = Assert.Throws<ArgumentException>(() => Plan(networks: 1).GoingOnFrom(trained));
        Assert.StartsWith("The model has 2 networks, and a training goes on from one; give one", error.Message);
        Assert.Equal(1, Plan(networks: 2).GoingOnFrom(trained.OnlyNetwork(2)).Networks);
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan(networks: 9));
    }

    [Fact]
    public void The_plan_gives_each_the_size_that_its_share_of_the_time_is_enough_for()
    {
        var device = Recurrent.Tensors.Device.Cpu();
        var (two, one) = (Within(20, networks: 2), Within(10, networks: 1));
        Assert.Equal(2, two.Networks);
        Assert.Equal(one.Model, two.Model);
        Assert.Equal(TimeSpan.FromSeconds(20), two.Trainer.Budget);
        Assert.Throws<ArgumentOutOfRangeException>(() => Within(20, networks: 0));

        TrainingPlan Within(int seconds, int networks) =>
            TrainingPlan.Within(TimeSpan.FromSeconds(seconds), 1_000_000, 65, device, networks);
    }

    private TrainingSession Session(TrainingPlan plan, params IReadOnlyList<ITrainingObserver> observers) =>
        new(Song, plan, new() { CheckpointPath = Checkpoint, Observers = observers });

    private sealed class Seen : ITrainingObserver
    {
        public List<string> Events { get; } = [];

        public void Started(TrainingSession session) => Events.Add("start");

        public void NetworkStarted(int network) => Events.Add($"network {network}");

        public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected) =>
            Events.Add($"{report.Epoch}");
    }
}
