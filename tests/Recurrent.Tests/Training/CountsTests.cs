using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Training;

/// <summary>N-grams are counted beside a network that is trained, and saved with it where that helps.</summary>
public sealed class CountsTests : IDisposable
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Range(0, 150).Select(i => i % 3 == 0 ? "the miller " : $"sang of rye {i * i % 5} "))
    );

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    private static TrainingPlan Plan(Corpus corpus, CountsUse counts = CountsUse.WhereTheyHelp, string kind = "gru") =>
        new(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = corpus.Vocabulary.Count,
                HiddenSize = 9,
            },
            new TrainerOptions
            {
                BatchSize = 4,
                Steps = 8,
                Epochs = 3,
                Optimizer = OptimizerKind.AdamW,
                LearningRate = 0.01,
                Validation = 0.2,
            }
        )
        {
            Counts = counts,
        };

    private static TrainedModel Train(TrainingSession session)
    {
        Assert.NotEmpty(session.Run(Cancellation).ToList());
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

    [Theory]
    [InlineData("gru")]
    [InlineData("lstm")]
    [InlineData("rnn-scratch")]
    public void They_are_saved_where_they_help_and_the_network_is_the_same_to_the_bit(string kind)
    {
        var session = new TrainingSession(s_corpus, Plan(s_corpus, kind: kind));
        var trained = Train(session);
        var alone = Train(new TrainingSession(s_corpus, Plan(s_corpus, CountsUse.Never, kind)));
        Assert.Equal(Weights(alone.Model), Weights(trained.Network));
        var hybrid = Assert.IsType<MixedModel>(trained.Model);
        Assert.Same(trained.Network, hybrid.First);
        Assert.Equal(0.5, hybrid.Weight);

        var counted = session.Counted!;
        Assert.Equal((8, session.TrainedTokens, true), (counted.Order, counted.Tokens, counted.AreSaved));
        Assert.Equal(alone.Training.ValidationPerplexity, counted.NetworkPerplexity);
        Assert.True(counted.ValidationPerplexity < counted.NetworkPerplexity);
        Assert.Equal(
            (counted.ValidationPerplexity, counted.NetworkPerplexity),
            (trained.Training.ValidationPerplexity, trained.Training.NetworkValidationPerplexity)
        );
        Assert.Equal(alone.Training.Settings, trained.Training.Settings);
    }

    [Fact]
    public void The_perplexity_that_decides_is_that_of_the_saved_model_on_what_was_held_out()
    {
        var session = new TrainingSession(s_corpus, Plan(s_corpus));
        var trained = Train(session);
        var (_, heldOut) = MeasuredText
            .FromText(s_corpus.Codec.Decode(s_corpus.Tokens.Span), s_corpus.Codec)
            .HoldOut(0.2);
        // All but its first token, which validation does not predict.
        var measured = ModelEvaluator.Measure(trained, heldOut, Cancellation).Perplexity;
        Assert.Equal(measured, session.Counted!.ValidationPerplexity!.Value, 0.05);
    }

    [Fact]
    public void Nothing_that_is_held_out_is_counted()
    {
        var session = new TrainingSession(s_corpus, Plan(s_corpus));
        var counts = ((MixedModel)Train(session).Model).Second;
        var expected = NGramModel.Count(s_corpus.Tokens.Span[..(int)session.TrainedTokens], s_corpus.Vocabulary.Count);
        Assert.Equal(Logits(expected), Logits(counts));
        Assert.NotEqual(Logits(NGramModel.Count(s_corpus.Tokens.Span, s_corpus.Vocabulary.Count)), Logits(counts));

        float[] Logits(ILanguageModel model)
        {
            var heldOut = s_corpus.Tokens.Span[(int)session.TrainedTokens..];
            return model.Forward(Indices.From(heldOut, heldOut.Length, 1), model.InitialState(1)).Logits.ToArray();
        }
    }

    [Fact]
    public void They_are_left_out_where_they_do_not_help_and_the_file_is_as_without()
    {
        var random = new RandomStream(1, 2);
        var noise = Corpus.FromText(
            new string([.. Enumerable.Range(0, 3000).Select(i => "abcde"[random.Below(5, (ulong)i)])])
        );
        var session = new TrainingSession(noise, Plan(noise) with { CountsWeight = 0.99 });
        var trained = Train(session);
        Assert.False(session.Counted!.AreSaved);
        Assert.True(session.Counted.ValidationPerplexity > session.Counted.NetworkPerplexity);
        Assert.Null(trained.Training.NetworkValidationPerplexity);
        var alone = Train(new TrainingSession(noise, Plan(noise, CountsUse.Never) with { CountsWeight = 0.99 }));
        Assert.Same(trained.Model, trained.Network);
        Assert.Equal(Weights(alone.Model), Weights(trained.Model));
        var always = new TrainingSession(noise, Plan(noise, CountsUse.Always) with { CountsWeight = 0.99 });
        Assert.IsType<MixedModel>(Train(always).Model);
        Assert.Contains(new("counts", "always"), always.Settings);
        Assert.Contains(new("counts-weight", "0.99"), always.Settings);
    }

    [Fact]
    public void Without_a_validation_text_there_are_none_unless_asked_for()
    {
        var plan = Plan(s_corpus);
        plan = plan with { Trainer = plan.Trainer with { Validation = 0 } };
        var without = new TrainingSession(s_corpus, plan);
        Assert.IsNotType<MixedModel>(Train(without).Model);
        Assert.Null(without.Counted);
        var asked = new TrainingSession(s_corpus, plan with { Counts = CountsUse.Always, CountsWeight = 0.25 });
        var trained = Train(asked);
        Assert.Equal(0.75, Assert.IsType<MixedModel>(trained.Model).Weight);
        Assert.Equal(new CountsReport(8, s_corpus.Tokens.Length, AreSaved: true), asked.Counted);
        Assert.Null(trained.Training.ValidationPerplexity);
    }

    [Fact]
    public void A_run_that_goes_on_comes_to_the_same_file()
    {
        var expected = Bytes(Train(new TrainingSession(s_corpus, Plan(s_corpus))));
        var options = new TrainingSessionOptions { CheckpointPath = _folder["run.checkpoint"] };
        var stopped = new TrainingSession(s_corpus, Plan(s_corpus), options);
        Assert.NotEmpty(stopped.Run(Cancellation).Take(1).ToList());
        stopped.SaveCheckpoint();
        var resumed = new TrainingSession(s_corpus, Plan(s_corpus), options);
        Assert.True(resumed.Resume());
        Assert.Equal(expected, Bytes(Train(resumed)));
        // They change no weight, so a run may go on without them.
        var without = new TrainingSession(s_corpus, Plan(s_corpus, CountsUse.Never), options);
        Assert.True(without.Resume());
        Assert.Equal(
            Bytes(Train(new TrainingSession(s_corpus, Plan(s_corpus, CountsUse.Never)))),
            Bytes(Train(without))
        );
    }

    [Fact]
    public void Going_on_from_a_hybrid_goes_on_from_its_network()
    {
        var hybrid = Train(new TrainingSession(s_corpus, Plan(s_corpus)));
        var network = Train(new TrainingSession(s_corpus, Plan(s_corpus, CountsUse.Never)));
        var on = Train(new TrainingSession(s_corpus, Plan(s_corpus).GoingOnFrom(hybrid)));
        Assert.Equal(Bytes(Train(new TrainingSession(s_corpus, Plan(s_corpus).GoingOnFrom(network)))), Bytes(on));
    }

    [Fact]
    public void In_a_short_budget_only_the_end_of_the_text_is_counted()
    {
        var plan = Plan(s_corpus);
        plan = plan with { Trainer = plan.Trainer with { Budget = TimeSpan.FromMilliseconds(2) } };
        var time = new ManualTime(TimeSpan.FromMilliseconds(0.1));
        var session = new TrainingSession(s_corpus, plan, new() { Time = time });
        Train(session);
        Assert.Equal(300, session.Counted!.Tokens);
        Assert.InRange(session.TrainedTokens, 301, int.MaxValue);
    }

    [Fact]
    public void Texts_of_the_end_are_the_saved_models()
    {
        var session = new TrainingSession(s_corpus, Plan(s_corpus), new() { SampleLength = 40 });
        var trained = Train(session);
        Assert.Equal(
            new TextGenerator(trained.Model, trained.Codec).Generate("the ", 40, Cancellation),
            session.Continue("the ")[0].Text
        );
        Assert.NotEqual(
            new TextGenerator(trained.Network, trained.Codec).Generate("the ", 40, Cancellation),
            session.Continue("the ")[0].Text
        );
    }

    [Fact]
    public void A_model_that_reads_from_both_ends_has_none()
    {
        var plan = Plan(s_corpus);
        plan = plan with { Model = plan.Model with { Bidirectional = true } };
        var session = new TrainingSession(s_corpus, plan);
        Assert.IsNotType<MixedModel>(Train(session).Model);
        var refused = Assert.Throws<ArgumentException>(() =>
            new TrainingSession(s_corpus, plan with { Counts = CountsUse.Always })
        );
        Assert.StartsWith(
            "Counts read a text from left to right and cannot be mixed with a bidirectional model; leave one of the two",
            refused.Message
        );
    }

    [Fact]
    public void Plans_that_suit_a_text_count_where_it_helps_and_the_book_does_not()
    {
        Assert.Equal(CountsUse.WhereTheyHelp, TrainingPlan.For(10_000, 28).Counts);
        Assert.Equal(
            CountsUse.WhereTheyHelp,
            TrainingPlan.Within(TimeSpan.FromMinutes(1), 10_000, 28, Device.Default).Counts
        );
        Assert.Equal(CountsUse.Never, TrainingPlan.Book(28).Counts);
        Assert.Throws<ArgumentOutOfRangeException>(() => TrainingPlan.Book(28) with { CountsWeight = 1 });
    }
}
