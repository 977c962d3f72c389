using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>A run from a corpus to a trained model.</summary>
public sealed class TrainingSessionTests : IDisposable
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Join(' ', Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? "the miller" : "sang of rye"))
    );

    private static readonly TrainingPlan s_plan = new(
        new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = s_corpus.Vocabulary.Count,
            HiddenSize = 6,
        },
        new TrainerOptions
        {
            BatchSize = 4,
            Steps = 8,
            Epochs = 23,
            Validation = 0.2,
            LearningRate = 0.5,
        }
    );

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_place_that_takes_no_checkpoint_is_known_before_the_first_epoch()
    {
        var observer = new Recording();
        var options = new TrainingSessionOptions
        {
            CheckpointPath = _folder.Path,
            CheckpointInterval = TimeSpan.FromMinutes(5),
            Observers = [observer],
        };
        var session = new TrainingSession(s_corpus, s_plan, options);
        var error = Assert.Throws<IOException>(() => Train(session));
        Assert.Contains("it is a folder", error.Message, StringComparison.Ordinal);
        Assert.Null(observer.Session);
        Assert.Throws<ModelFileException>(() => session.Resume());
    }

    private static byte[] FileOf(TrainingSession session)
    {
        using var stream = new MemoryStream();
        session.Finish().Save(stream);
        return stream.ToArray();
    }

    private static void Train(TrainingSession session) =>
        Assert.NotEmpty(session.Run(TestContext.Current.CancellationToken).ToList());

    [Fact]
    public void Observers_are_told_everything_and_change_no_byte()
    {
        var observer = new Recording();
        var watched = new TrainingSession(s_corpus, s_plan, new() { Observers = [observer] });
        var alone = new TrainingSession(s_corpus, s_plan, new() { Prompts = [] });
        Train(watched);
        Train(alone);
        Assert.Equal(FileOf(alone), FileOf(watched));
        Assert.Same(watched, observer.Session);
        Assert.Equal(watched.Trainer.Reports, observer.Reports);
        Assert.Equal(watched.Samples, observer.Samples);
        Assert.Equal([1, 10, 20, 23], observer.Samples.Select(sample => sample.Epoch));
        Assert.All(observer.Samples, sample => Assert.Equal(watched.Prompts[0], sample.Prompt));
        Assert.Empty(alone.Samples);
        Assert.Equal(
            watched.Trainer.TokensTrained,
            (long)observer.Minibatches * s_plan.Trainer.BatchSize * s_plan.Trainer.Steps
        );
    }

    [Fact]
    public void The_finished_model_is_the_best_and_knows_how_it_came_to_be()
    {
        var session = new TrainingSession(s_corpus, s_plan, new() { TextName = "songs" });
        Train(session);
        var training = session.Finish().Training;
        var best = session.Trainer.Best!;
        Assert.Equal(session.Trainer.Reports.MinBy(report => report.ValidationLoss), best);
        Assert.Equal((best.Epoch, best.Perplexity), (training.Epochs, training.Perplexity));
        Assert.Equal(best.ValidationPerplexity, training.ValidationPerplexity);
        Assert.Equal(("songs", s_corpus.Hash), (training.Text, training.CorpusHash));
        Assert.Equal(session.Settings, training.Settings);
        var split = TrainingSplit.Of(training, s_corpus.Hash, s_corpus.Sequence.Length)!;
        Assert.Equal(session.HeldOutTokens, split.HeldOut);
        Assert.Equal(s_corpus.Sequence.Length, split.Trained + split.HeldOut);
        Assert.Null(TrainingSplit.Of(training, "sha256:other", 100));
    }

    [Fact]
    public void A_stopped_run_goes_on_from_its_checkpoint_to_the_same_file()
    {
        var whole = new TrainingSession(s_corpus, s_plan);
        Train(whole);
        var options = new TrainingSessionOptions { CheckpointPath = _folder["a.checkpoint"] };
        var stopped = new TrainingSession(s_corpus, s_plan, options);
        Assert.False(stopped.Resume());
        _ = stopped.Run(TestContext.Current.CancellationToken).Take(7).Count();
        Assert.False(stopped.HasCheckpoint);
        Assert.True(stopped.SaveCheckpoint());
        var resumed = new TrainingSession(s_corpus, s_plan, options);
        Assert.True(resumed.Resume());
        Train(resumed);
        Assert.Equal(FileOf(whole), FileOf(resumed));
        resumed.DeleteCheckpoint();
        Assert.False(File.Exists(options.CheckpointPath));
    }

    [Fact]
    public void Checkpoints_are_written_when_the_timer_rings_and_a_failure_is_told_once()
    {
        var time = new RingingTime();
        var options = new TrainingSessionOptions
        {
            CheckpointPath = _folder["a.checkpoint"],
            CheckpointInterval = TimeSpan.FromMinutes(5),
            Time = time,
        };
        var session = new TrainingSession(s_corpus, s_plan, options);
        foreach (var report in session.Run(TestContext.Current.CancellationToken))
        {
            Assert.Equal(report.Epoch > 3, session.HasCheckpoint);
            if (report.Epoch == 3)
            {
                time.Ring!();
            }
        }
        Assert.Equal(TimeSpan.FromMinutes(5), time.Period);

        var observer = new Recording();
        var failing = new TrainingSession(
            s_corpus,
            s_plan,
            new() { CheckpointPath = Path.Combine(_folder["none"], "a.checkpoint"), Observers = [observer] }
        );
        _ = failing.Run(TestContext.Current.CancellationToken).First();
        Assert.False(failing.SaveCheckpoint());
        Assert.False(failing.SaveCheckpoint());
        Assert.Single(observer.Failures);
    }

    [Fact]
    public void A_plan_for_another_text_is_refused() =>
        Assert.Contains(
            "plan for this text",
            Assert.Throws<ArgumentException>(() => new TrainingSession(s_corpus, TrainingPlan.For(1000, 7))).Message
        );

    [Fact]
    public void A_model_that_reads_ahead_writes_nothing()
    {
        var both = new TrainingPlan(s_plan.Model with { Bidirectional = true }, s_plan.Trainer with { Epochs = 1 });
        var session = new TrainingSession(s_corpus, both);
        Train(session);
        Assert.Empty(session.Samples);
        Assert.Null(session.CheckMemorisation(TestContext.Current.CancellationToken));
    }

    private sealed class Recording : ITrainingObserver
    {
        public TrainingSession? Session { get; private set; }

        public List<EpochReport> Reports { get; } = [];

        public List<TrainingSample> Samples { get; } = [];

        public List<IOException> Failures { get; } = [];

        public int Minibatches { get; private set; }

        public void Started(TrainingSession session) => Session = session;

        public void MinibatchEnded() => Minibatches++;

        public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
        {
            Assert.Equal(23, epochsExpected);
            Reports.Add(report);
            Samples.AddRange(sample is null ? [] : [sample]);
        }

        public void CheckpointFailed(IOException failure) => Failures.Add(failure);
    }

    /// <summary>A clock whose timer rings when a test says so.</summary>
    private sealed class RingingTime : TimeProvider
    {
        public Action? Ring { get; private set; }

        public TimeSpan Period { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (Ring, Period) = (() => callback(state), period);
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
