using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>What a model is measured on: the end of its text, lines of it, or a text of its own.</summary>
public sealed class HeldOutTests : IDisposable
{
    private static readonly string[] s_lines = [.. Enumerable.Range(0, 80).Select(i => $"line {i * 37 % 80:00}\n")];
    private static readonly Corpus s_corpus = Corpus.FromText(string.Concat(s_lines));

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
            Epochs = 5,
            Optimizer = OptimizerKind.AdamW,
            LearningRate = 0.03,
            Validation = 0.2,
        }
    );

    private static readonly TrainingPlan s_byLines = s_plan with
    {
        Trainer = s_plan.Trainer with { ValidationLines = true },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string[] LinesOf(TokenSequence tokens) =>
        [
            .. s_corpus
                .Codec.Decode(tokens.ToArray())
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line + "\n"),
        ];

    private static byte[] Train(TrainingSession session)
    {
        Assert.NotEmpty(session.Run(TestContext.Current.CancellationToken).ToList());
        using var stream = new MemoryStream();
        session.Finish().Save(stream);
        return stream.ToArray();
    }

    [Theory]
    [InlineData(1, 0.05)]
    [InlineData(2, 0.2)]
    [InlineData(3, 0.5)]
    public void Lines_are_drawn_by_chance_and_none_is_lost(long seed, double share)
    {
        var options = s_byLines.Trainer with { Seed = seed, Validation = share };
        var trainer = new TrainingSession(s_corpus, s_byLines with { Trainer = options }).Trainer;
        var (trained, heldOut) = (LinesOf(trainer.TrainedOn), LinesOf(trainer.HeldOut!));
        Assert.Equal(s_lines.Order(), trained.Concat(heldOut).Order());
        Assert.Equal(s_lines.Where(trained.Contains), trained); // in their order
        Assert.Equal(s_lines.Where(heldOut.Contains), heldOut);
        Assert.InRange(heldOut.Length, share * 80, (share * 80) + 1);
        Assert.NotEqual(s_lines[^heldOut.Length..], heldOut);
        var other = options with { Seed = seed + 1 };
        var others = new TrainingSession(s_corpus, s_byLines with { Trainer = other }).Trainer.HeldOut!;
        Assert.NotEqual(heldOut, LinesOf(others));
    }

    [Fact]
    public void A_text_without_two_lines_is_refused()
    {
        var corpus = Corpus.FromText(new string('a', 500) + "\n");
        var plan = s_byLines with { Model = s_byLines.Model with { VocabularySize = corpus.Vocabulary.Count } };
        var error = Assert.Throws<ArgumentException>(() => new TrainingSession(corpus, plan));
        Assert.StartsWith("The text has no two lines", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() =>
            new Trainer(LanguageModel.Create("gru", 13), s_corpus.Sequence, s_byLines.Trainer)
        );
        Assert.Contains("use a TrainingSession", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_validation_text_of_its_own_counts_as_the_end_of_the_text_does()
    {
        var end = s_plan.Trainer.ValidationTokens(s_corpus.Sequence.Length);
        var whole = new TrainingSession(s_corpus, s_plan);
        var apart = new Trainer(
            LanguageModel.Create(s_plan.Model, RandomStream.Parameters(1)),
            s_corpus.Sequence[..^(int)end],
            s_plan.Trainer,
            parts: new() { Validation = s_corpus.Sequence[^(int)end..] }
        );
        Train(whole);
        _ = apart.Run(TestContext.Current.CancellationToken).Count();
        Assert.Equal(
            whole.Trainer.Reports.Select(report => (report.Loss, report.ValidationLoss)),
            apart.Reports.Select(report => (report.Loss, report.ValidationLoss))
        );
        Assert.Equal(0, apart.Options.Validation);
    }

    [Theory]
    [InlineData("lines")]
    [InlineData("text")]
    [InlineData("every")]
    [InlineData("average")]
    public void A_stopped_run_goes_on_to_the_same_file(string kind)
    {
        var plan =
            kind == "lines" ? s_byLines
            : kind == "text" ? s_plan
            : kind == "average" ? s_plan with { Trainer = s_plan.Trainer with { AveragedEpochs = 3 } }
            : s_plan with { Trainer = s_plan.Trainer with { ValidateEvery = 100, LearningRate = 0.3 } };
        var parts = kind == "text" ? new TrainingParts { Validation = s_corpus.Sequence[100..200] } : new();
        var whole = Train(new TrainingSession(s_corpus, plan, new() { Parts = parts }));
        var options = new TrainingSessionOptions { CheckpointPath = _folder["a"], Parts = parts };
        for (var minibatches = 1; minibatches < 40; minibatches += 3)
        {
            using var observer = new StopAfter(minibatches);
            var stopped = new TrainingSession(
                s_corpus,
                plan,
                new()
                {
                    CheckpointPath = _folder["a"],
                    Parts = parts,
                    Observers = [observer],
                }
            );
            try
            {
                _ = stopped.Run(observer.Token).Count();
            }
            catch (OperationCanceledException)
            {
                Assert.True(observer.Token.IsCancellationRequested);
            }
            stopped.SaveCheckpoint();
            var resumed = new TrainingSession(s_corpus, plan, options);
            Assert.True(resumed.Resume());
            Assert.Equal(whole, Train(resumed));
        }
        var other = new TrainingSession(
            s_corpus,
            s_plan,
            new()
            {
                CheckpointPath = _folder["a"],
                Parts = new() { Validation = s_corpus.Sequence[50..150] },
            }
        );
        Assert.Throws<ModelFileException>(() => other.Resume());
    }

    [Fact]
    public void Validation_within_an_epoch_changes_no_weight_and_finds_a_better_moment()
    {
        var plan = s_plan with { Trainer = s_plan.Trainer with { LearningRate = 0.5, Epochs = 8 } };
        var often = plan with { Trainer = plan.Trainer with { ValidateEvery = 64 } };
        var (rare, frequent) = (new TrainingSession(s_corpus, plan), new TrainingSession(s_corpus, often));
        foreach (var session in (TrainingSession[])[rare, frequent])
        {
            _ = session.Run(TestContext.Current.CancellationToken).Count();
        }
        Assert.Equal(
            rare.Model.Parameters.SelectMany(parameter => parameter.Value.ToArray()),
            frequent.Model.Parameters.SelectMany(parameter => parameter.Value.ToArray())
        );
        Assert.Equal(
            rare.Trainer.Reports.Select(report => (report.Loss, report.ValidationLoss)),
            frequent.Trainer.Reports.Select(report => (report.Loss, report.ValidationLoss))
        );
        Assert.True(frequent.Trainer.Best!.ValidationLoss < rare.Trainer.Best!.ValidationLoss);
        Assert.NotEqual(0, frequent.Trainer.BestTokensTrained % frequent.Trainer.Reports[0].Tokens);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.2)]
    public void The_last_epochs_are_averaged_where_that_is_better(double validation)
    {
        var options = s_plan.Trainer with { Validation = validation, LearningRate = 0.3, AveragedEpochs = 3 };
        var session = new TrainingSession(s_corpus, s_plan with { Trainer = options });
        List<float[]> epochs = [];
        foreach (var _ in session.Run(TestContext.Current.CancellationToken))
        {
            epochs.Add(Weights());
        }
        var best = session.Trainer.Best?.ValidationLoss;
        var training = session.Finish().Training;
        float[] mean = [.. epochs[^1].Select((_, i) => (float)(epochs[^3..].Sum(one => (double)one[i]) / 3))];
        Assert.Equal(3, session.Trainer.AveragedInBest);
        Assert.Equal(best is null, session.Trainer.Best is null);
        Assert.False(session.Trainer.Best?.ValidationLoss >= best);
        Assert.Equal(mean, Weights());
        Assert.Equal(session.Trainer.Best?.ValidationPerplexity, training.ValidationPerplexity);
        Assert.Contains(training.Settings, setting => (setting.Key, setting.Value) == ("average", "3"));

        float[] Weights() => [.. session.Model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];
    }

    [Fact]
    public void A_sorted_list_is_known()
    {
        Assert.False(DrawnLines.LooksSorted(s_corpus));
        Assert.True(DrawnLines.LooksSorted(Corpus.FromText(string.Concat(s_lines.Order()))));
        Assert.False(DrawnLines.LooksSorted(Corpus.FromText("a\nb\nc\n")));
        Assert.False(DrawnLines.LooksSorted(Corpus.FromText("just one line of text")));
    }

    private sealed class StopAfter(int minibatches) : ITrainingObserver, IDisposable
    {
        private readonly CancellationTokenSource _source = new();
        private int _left = minibatches;

        public CancellationToken Token => _source.Token;

        public void Dispose() => _source.Dispose();

        public void MinibatchEnded()
        {
            if (--_left == 0)
            {
                _source.Cancel();
            }
        }
    }
}
