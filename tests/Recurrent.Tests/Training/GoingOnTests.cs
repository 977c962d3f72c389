using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>A trained model is trained further, on the same or another text.</summary>
public sealed class GoingOnTests : IDisposable
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Join(' ', Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? "the miller" : "sang of rye"))
    );

    private static readonly Corpus s_other = Corpus.FromText(
        string.Join(' ', Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? "the quay" : "sang of xylem"))
    );

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int, bool> Models =>
        new()
        {
            { "rnn-scratch", 0, false },
            { "gru", 0, false },
            { "gru-reset-before", 0, false },
            { "lstm", 5, false },
            { "mingru", 6, true },
        };

    public void Dispose() => _folder.Dispose();

    private static TrainingPlan Plan(Corpus corpus, string kind = "gru", int embedding = 0, bool tied = false) =>
        new(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = corpus.Vocabulary.Count,
                HiddenSize = 6,
                EmbeddingSize = embedding,
                TiedWeights = tied,
            },
            new TrainerOptions
            {
                BatchSize = 4,
                Steps = 8,
                Epochs = 5,
                Optimizer = OptimizerKind.AdamW,
                Schedule = ScheduleKind.Cosine,
                LearningRate = 0.01,
                Validation = 0.2,
            }
        );

    private static TrainedModel Train(TrainingSession session)
    {
        Assert.NotEmpty(session.Run(TestContext.Current.CancellationToken).ToList());
        return session.Finish();
    }

    private static byte[] Bytes(TrainedModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    private static float[][] Weights(ILanguageModel model) =>
        [.. model.Parameters.Select(parameter => parameter.Value.ToArray())];

    private static float[] Logits(ILanguageModel model, int[] tokens, int entries)
    {
        var logits = model.Forward(Indices.From(tokens, tokens.Length, 1), model.InitialState(1)).Logits;
        var all = logits.ToArray();
        var width = all.Length / tokens.Length;
        return [.. all.Where((_, i) => i % width < entries)];
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void It_begins_with_the_models_weights(string kind, int embedding, bool tied)
    {
        var trained = Train(new TrainingSession(s_corpus, Plan(s_corpus, kind, embedding, tied)));
        var before = Weights(trained.Model);
        var session = new TrainingSession(
            s_corpus.ForModel(trained.Codec),
            Plan(s_corpus, kind, embedding, tied).GoingOnFrom(trained)
        );
        Assert.Equal(before, Weights(session.Model));
        Assert.NotEqual(before, Weights(Train(session).Model));
        Assert.Equal(before, Weights(trained.Model)); // which nothing changes
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void New_entries_are_drawn_and_change_nothing_that_was_known(string kind, int embedding, bool tied)
    {
        var trained = Train(new TrainingSession(s_corpus, Plan(s_corpus, kind, embedding, tied)));
        var corpus = s_other.ForModel(trained.Codec, extendVocabulary: true);
        var known = trained.Codec.Vocabulary;
        Assert.Equal(known.Tokens, corpus.Vocabulary.Tokens.Take(known.Count));
        Assert.Equal(["q", "u", "x"], corpus.Vocabulary.Tokens.Skip(known.Count).Order());
        Assert.Equal(s_other.Codec.Decode(s_other.Tokens.Span), corpus.Codec.Decode(corpus.Tokens.Span));

        var plan = Plan(corpus, kind, embedding, tied);
        var fresh = new TrainingSession(corpus, plan).Model;
        var session = new TrainingSession(corpus, plan.GoingOnFrom(trained));
        int[] tokens = [3, 1, 4, 1, 5];
        Assert.Equal(Logits(trained.Model, tokens, known.Count), Logits(session.Model, tokens, known.Count));
        var (old, drawn, now) = (Weights(trained.Model), Weights(fresh), Weights(session.Model));
        for (var i = 0; i < now.Length; i++)
        {
            var unlike = drawn[i].Zip(now[i]).Count(pair => pair.First != pair.Second);
            Assert.InRange(unlike, 1, old[i].Length); // what is new is as in a model that was never trained
        }
        Assert.NotEmpty(Bytes(Train(session)));
    }

    [Fact]
    public void What_the_model_does_not_know_is_named()
    {
        var trained = Train(new TrainingSession(s_corpus, Plan(s_corpus)));
        var error = Assert.Throws<ArgumentException>(() => s_other.ForModel(trained.Codec));
        Assert.StartsWith(
            "The model does not know 3 characters of the text: ",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("q", error.Message, StringComparison.Ordinal);
        var words = Corpus.FromText("the miller", new CorpusOptions { Tokenizer = Tokenizer.Words });
        error = Assert.Throws<ArgumentException>(() => words.ForModel(trained.Codec));
        Assert.Contains("normalized or split in another way", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_taught_rare_tokens_as_unknown_reads_new_ones_so()
    {
        var options = new CorpusOptions { MinFrequency = 25 };
        var corpus = Corpus.FromText(s_corpus.Codec.Decode(s_corpus.Tokens.Span), options);
        Assert.True(corpus.Vocabulary.Frequencies[0] > 0);
        var read = s_other.ForModel(corpus.Codec);
        Assert.Same(corpus.Codec.Vocabulary, read.Vocabulary);
        Assert.Equal(corpus.Codec.Encode(s_other.Codec.Decode(s_other.Tokens.Span)), read.Tokens.ToArray());
    }

    [Fact]
    public void Other_sizes_and_other_tokens_are_refused()
    {
        var trained = Train(new TrainingSession(s_corpus, Plan(s_corpus)));
        var other = Plan(s_corpus, "lstm") with { From = trained };
        var error = Assert.Throws<ArgumentException>(() => new TrainingSession(s_corpus, other));
        Assert.Contains("another kind or size of model", error.Message, StringComparison.Ordinal);
        var plan = Plan(s_other).GoingOnFrom(trained);
        error = Assert.Throws<ArgumentException>(() => new TrainingSession(s_other, plan));
        Assert.Contains("use Corpus.ForModel", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stopped_one_goes_on_to_the_same_file(bool withMoments)
    {
        var first = new TrainingSession(s_corpus, Plan(s_corpus), new() { CheckpointPath = _folder["first"] });
        _ = first.Run(TestContext.Current.CancellationToken).Count();
        first.SaveCheckpoint();
        var trained = first.Finish();
        var corpus = s_other.ForModel(trained.Codec, extendVocabulary: true);
        var plan = Plan(corpus).GoingOnFrom(trained, withMoments ? _folder["first"] : null);
        var whole = Train(new TrainingSession(corpus, plan));

        var options = new TrainingSessionOptions { CheckpointPath = _folder["second"] };
        var stopped = new TrainingSession(corpus, plan, options);
        _ = stopped.Run(TestContext.Current.CancellationToken).Take(2).Count();
        stopped.SaveCheckpoint();
        var resumed = new TrainingSession(corpus, plan, options);
        Assert.True(resumed.Resume());
        Assert.Equal(Bytes(whole), Bytes(Train(resumed)));

        var without = new TrainingSession(corpus, Plan(corpus), options);
        Assert.Throws<ModelFileException>(() => without.Resume());
    }

    [Fact]
    public void The_optimizer_goes_on_with_what_it_remembered()
    {
        Adam? before = null;
        Adam? after = null;
        var options = new TrainingSessionOptions
        {
            CheckpointPath = _folder["first"],
            Parts = new() { Optimizer = parameters => before = new Adam(parameters) },
        };
        var first = new TrainingSession(s_corpus, Plan(s_corpus), options);
        _ = first.Run(TestContext.Current.CancellationToken).Count();
        first.SaveCheckpoint();
        var trained = first.Finish();
        var corpus = s_other.ForModel(trained.Codec, extendVocabulary: true);
        _ = new TrainingSession(
            corpus,
            Plan(corpus).GoingOnFrom(trained, _folder["first"]),
            new() { Parts = new() { Optimizer = parameters => after = new Adam(parameters) } }
        );
        Assert.Equal(before!.Updates, after!.Updates);
        for (var moment = 0; moment < 2; moment++)
        {
            var (old, now) = (before.Moment(moment, 5).ToArray(), after.Moment(moment, 5).ToArray()); // linear.bias
            Assert.Contains(old, value => value != 0);
            Assert.Equal([.. old, 0, 0, 0], now);
        }
        var error = Assert.Throws<ModelFileException>(() =>
            new TrainingSession(corpus, Plan(corpus).GoingOnFrom(trained, _folder["first"]))
        );
        Assert.Contains("optimizer adam instead of adamw", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_model_is_trained_further_as_it_is()
    {
        var text = new TextModel(Train(new TrainingSession(s_corpus, Plan(s_corpus))));
        var written = text.Generate("the ", cancellationToken: TestContext.Current.CancellationToken);
        var options = new TextModelOptions
        {
            From = text,
            ExtendVocabulary = true,
            Plan = plan => plan with { Trainer = Plan(s_corpus).Trainer },
        };
        var further = TextModel.Train(s_other, options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(text.Trained.Codec.Vocabulary.Count + 3, further.Trained.Codec.Vocabulary.Count);
        Assert.Equal(written, text.Generate("the ", cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Older_checkpoints_are_kept_as_many_as_asked_for()
    {
        var options = new TrainingSessionOptions { CheckpointPath = _folder["a"], KeptCheckpoints = 3 };
        var session = new TrainingSession(s_corpus, Plan(s_corpus), options);
        List<byte[]> written = [];
        foreach (var _ in session.Run(TestContext.Current.CancellationToken))
        {
            Assert.True(session.SaveCheckpoint());
            written.Add(File.ReadAllBytes(_folder["a"]));
        }
        Assert.Equal(["a", "a.1", "a.2"], _folder.Names.Order());
        Assert.Equal(
            [written[4], written[3], written[2]],
            [.. _folder.Names.Order().Select(name => File.ReadAllBytes(_folder[name!]))]
        );
    }
}
