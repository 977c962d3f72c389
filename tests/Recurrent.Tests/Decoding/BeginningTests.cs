using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Decoding;

/// <summary>Where texts begin, and that they hold nothing that never occurred.</summary>
public sealed class BeginningTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("characters")]
    [InlineData("bytes")]
    public void Without_a_prompt_a_text_follows_a_line_end(string tokenizer)
    {
        var corpus = Corpus.FromText("Ada\nBea\nCleo\n", Everything(tokenizer));
        var generator = new TextGenerator(Model(corpus), corpus.Codec);
        Assert.Equal(
            generator.Generate("\n", 30, Cancellation),
            generator.Generate(length: 30, cancellationToken: Cancellation)
        );
        Assert.Equal(generator.Search("\n", 9, 3, Cancellation), generator.Search("", 9, 3, Cancellation));
    }

    [Theory]
    [InlineData("characters", "t")]
    [InlineData("words", "the")]
    [InlineData("bytes", "t")]
    public void Where_no_line_end_is_known_it_begins_as_the_training_text_does(string tokenizer, string first)
    {
        var corpus = Corpus.FromText(
            "the\ntide was out and a miller sang",
            CorpusOptions.Book with
            {
                Tokenizer = Tokenizer.FromName(tokenizer),
            }
        );
        using var file = new MemoryStream();
        new TrainedModel(Model(corpus), corpus.Codec).Save(file);
        file.Position = 0;
        var loaded = TrainedModel.Load(file);
        foreach (var codec in (TextCodec[])[corpus.Codec, loaded.Codec])
        {
            var generator = new TextGenerator(loaded.Model, codec);
            var continued = generator.Generate(first, 20, Cancellation);
            Assert.Equal(first + continued, generator.Generate("", 21, Cancellation));
            Assert.Equal(first, generator.Generate("", 1, Cancellation));
            Assert.Equal("", generator.Generate("", 0, Cancellation));
            var searched = generator.Search(first, 6, 3, Cancellation);
            Assert.Equal(first + searched, generator.Search("", 7, 3, Cancellation));
            Assert.Equal(first, generator.Search("", 1, 3, Cancellation));
        }
        // Of an old file it is not known: characters follow a space.
        var old = new TextCodec(corpus.Codec.Normalizer, corpus.Codec.Tokenizer, corpus.Vocabulary);
        if (tokenizer == "characters")
        {
            var generator = new TextGenerator(loaded.Model, old);
            Assert.Equal(generator.Generate(" ", 20, Cancellation), generator.Generate("", 20, Cancellation));
        }
        Assert.DoesNotContain("<unk>", new TextGenerator(loaded.Model, old).Generate("", 20, Cancellation));
    }

    [Fact]
    public void A_mark_of_the_beginning_goes_before_a_line_end_if_the_text_had_it()
    {
        var corpus = Corpus.FromText(
            "<bos>\none\ntwo\n",
            Everything("words") with
            {
                ReservedTokens = [Vocabulary.BeginningToken],
            }
        );
        Assert.Equal(corpus.Vocabulary[Vocabulary.BeginningToken], corpus.Codec.TokenBefore);
        var reserved = Corpus.FromText(
            "one\ntwo\n",
            Everything("characters") with
            {
                ReservedTokens = [Vocabulary.BeginningToken],
            }
        );
        Assert.Equal(reserved.Vocabulary["\n"], reserved.Codec.TokenBefore);
    }

    [Fact]
    public void A_stop_string_may_stand_in_the_beginning()
    {
        var corpus = Corpus.FromText("the tide was out", new CorpusOptions { Tokenizer = Tokenizer.Words });
        var generator = new TextGenerator(Model(corpus), corpus.Codec, new() { StopStrings = ["e"] });
        Assert.Equal("th", generator.Generate("", 9, Cancellation));
        Assert.Equal("th", generator.Search("", 9, 2, Cancellation));
    }

    [Fact]
    public void What_never_occurred_is_never_written_unless_asked() =>
        Laws.Hold(
            from seed in Gen.Choose(1, 1000)
            from temperature in Gen.Elements(0.0, 0.8, 1, 5)
            from topK in Gen.Elements(0, 1, 4)
            from topP in Gen.Elements(0.3, 1.0)
            from penalty in Gen.Elements(1.0, 1.5)
            from minFrequency in Gen.Choose(1, 3)
            select (seed, temperature, topK, topP, penalty, minFrequency),
            c =>
            {
                var corpus = Corpus.FromText(
                    "one one one two two three",
                    Everything("words") with
                    {
                        MinFrequency = c.minFrequency,
                        ReservedTokens = [Vocabulary.PaddingToken],
                    }
                );
                var model = Model(corpus, c.seed, bias: 30);
                var sampling = new SamplingOptions
                {
                    Temperature = c.temperature,
                    TopK = c.topK,
                    TopP = c.topP,
                    RepetitionPenalty = c.penalty,
                    Seed = c.seed,
                };
                var text = new TextGenerator(model, corpus.Codec, sampling).Generate("one", 60);
                Assert.DoesNotContain("<", text);
                Assert.Equal(60, text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
                Assert.DoesNotContain("<", new TextGenerator(model, corpus.Codec, sampling).Search("one", 6, 3));
                var asked = sampling with { AllowsUnknown = true };
                Assert.Contains("<", new TextGenerator(model, corpus.Codec, asked).Generate("one", 60));
                Assert.Contains("<", new TextGenerator(model, corpus.Codec, asked).Search("one", 6, 3));
            }
        );

    [Fact]
    public void Where_nothing_is_known_anything_may_be_written()
    {
        var corpus = Corpus.FromText("aaa", Everything("characters") with { MinFrequency = 9 });
        var text = new TextGenerator(Model(corpus), corpus.Codec).Generate(length: 2, cancellationToken: Cancellation);
        Assert.Equal("<unk><unk>", text);
        var imported = new Vocabulary(["<unk>", "a", "b"], [0, 0, 0]); // no frequency is known
        Assert.Equal([(1, 3)], imported.Occurring);
    }

    [Fact]
    public void Logits_are_off_by_any_number()
    {
        var corpus = Corpus.FromText("the tide was out\n", Everything("characters"));
        var model = Model(corpus);
        var (plain, shifted) = (
            new TextModel(new TrainedModel(model, corpus.Codec)),
            new TextModel(new TrainedModel(new Shifted(model), corpus.Codec))
        );
        Assert.Equal(
            plain.Generate("the", 50, cancellationToken: Cancellation),
            shifted.Generate("the", 50, cancellationToken: Cancellation)
        );
        Assert.Equal(plain.Score("the out").Bits, shifted.Score("the out").Bits, 1e-4);
    }

    [Fact]
    public void Lines_of_bytes_are_scored_after_a_line_end()
    {
        var corpus = Corpus.FromText("ab\nba\n", Everything("bytes"));
        var model = Model(corpus);
        var codec = corpus.Codec;
        var scored = new LineScorer(new TrainedModel(model, codec)).Score(["ab"], Cancellation)[0];
        var bits = 0.0;
        var state = model.InitialState(1);
        foreach (var (read, next) in ((string, string)[])[("<0x0A>", "<0x61>"), ("<0x61>", "<0x62>")])
        {
            (var logits, state) = model.Forward(new[] { codec.Vocabulary[read] }, 1, state);
            bits -= Math.Log2(
                Math.Exp(logits.ToArray()[codec.Vocabulary[next]]) / logits.ToArray().Sum(logit => Math.Exp(logit))
            );
        }
        Assert.Equal(bits, scored.Bits, 1e-5);
    }

    private static CorpusOptions Everything(string tokenizer) =>
        new() { Normalization = Normalization.None, Tokenizer = Tokenizer.FromName(tokenizer) };

    /// <summary>A model that has learned nothing.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="seed">Of its weights.</param>
    /// <param name="bias">What is added to the logits of the unknown and of a reserved token.</param>
    private static ILanguageModel Model(Corpus corpus, long seed = 3, float bias = 0)
    {
        var model = LanguageModel.Create("gru", corpus.Vocabulary.Count, hiddenSize: 9, seed);
        foreach (var (_, value) in model.Parameters)
        {
            value.ChangeEach(weight => weight * 3);
        }
        var place = 0;
        model.Parameters[^1].Value.ChangeEach(weight => place++ < 2 ? bias + weight : weight);
        return model;
    }

    private sealed class Shifted(ILanguageModel model) : ILanguageModel
    {
        public ModelConfiguration Configuration => model.Configuration;

        public IReadOnlyList<Parameter> Parameters => model.Parameters;

        public ModelState InitialState(int batch) => model.InitialState(batch);

        public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
        {
            var (logits, next) = model.Forward(tokens, state, dropout);
            return (logits + Tensor.From([8], 1), next);
        }
    }
}
