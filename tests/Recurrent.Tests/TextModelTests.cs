using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tests.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests;

public sealed class TextModelTests : IDisposable
{
    private static readonly CorpusOptions s_everything = new() { Normalization = Normalization.None };

    private static readonly string s_names = string.Concat(
        Enumerable.Range(0, 60).Select(i => $"{"ABCDEFGH"[i % 8]}{"aeiou"[i % 5]}nn{"aeiou"[i % 3]}\n")
    );

    // A few minibatches are enough for all that is tested here but what names look like.
    private static readonly TextModelOptions s_short = new()
    {
        Plan = plan =>
            plan with
            {
                Model = plan.Model with { HiddenSize = 16, EmbeddingSize = 8 },
                Trainer = plan.Trainer with { Epochs = 3 },
            },
    };

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Trains_on_a_file_and_is_the_same_when_loaded()
    {
        File.WriteAllText(_folder["names.txt"], s_names);
        List<int> epochs = [];
        var model = TextModel.Train(_folder["names.txt"], s_short, new Reports(epochs), Cancellation);
        Assert.Equal([1, 2, 3], epochs);
        Assert.Equal("names.txt", model.Trained.Training.Text);
        model.Save(_folder["names.safetensors"]);
        var loaded = TextModel.Load(_folder["names.safetensors"]);
        Assert.Equal(model.Generate(cancellationToken: Cancellation), loaded.Generate(cancellationToken: Cancellation));
        Assert.Equal(model.Score("Banna"), loaded.Score("Banna"));
        Assert.Equal(model.Embed(["Banna"], Cancellation), loaded.Embed(["Banna"], Cancellation));
    }

    [Fact]
    public void Writes_lines_as_they_were_and_tells_odd_ones()
    {
        var options = new TextModelOptions
        {
            Plan = plan =>
                plan with
                {
                    Model = plan.Model with { HiddenSize = 32, Dropout = 0 },
                    Trainer = plan.Trainer with { Epochs = 10, LearningRate = 0.02 },
                },
        };
        var text = string.Concat(Enumerable.Repeat(s_names, 20));
        var model = TextModel.Train(Corpus.FromText(text, s_everything), options, cancellationToken: Cancellation);
        var names = model.GenerateAll(
            [.. Enumerable.Repeat("", 50)],
            sampling: new() { StopStrings = ["\n"] },
            cancellationToken: Cancellation
        );
        Assert.InRange(names.Distinct().Count(), 10, 50);
        Assert.InRange(names.Count(name => name.Length == 5 && char.IsUpper(name[0])), 45, 50);
        var odd = model.ScoreAll(["Banna", "xqzk", "Conna"], Cancellation);
        Assert.True(odd[1].BitsPerCharacter > 2 * Math.Max(odd[0].BitsPerCharacter, odd[2].BitsPerCharacter));
    }

    [Fact]
    public void A_run_that_is_stopped_goes_on_from_its_checkpoint_to_the_same_model()
    {
        var corpus = Corpus.FromText(s_names, s_everything);
        var whole = TextModel.Train(corpus, s_short, cancellationToken: Cancellation);
        var options = s_short with { Session = new() { CheckpointPath = _folder["run.checkpoint"] } };
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            TextModel.Train(corpus, options, new Stopping(source), source.Token)
        );
        List<int> epochs = [];
        var model = TextModel.Train(corpus, options, new Reports(epochs), Cancellation);
        Assert.Equal([2, 3], epochs);
        Assert.Equal(Weights(whole), Weights(model));
        var finished = TextModel.Train(corpus, options, new Reports(epochs), Cancellation);
        Assert.Equal([2, 3], epochs);
        Assert.Equal(Weights(whole), Weights(finished));
    }

    [Fact]
    public async Task Sixty_four_callers_at_once_get_what_each_gets_alone()
    {
        var corpus = Corpus.FromText("the tide was out\nand the miller sang a song of rye\n", s_everything);
        var trained = new TrainedModel(Untrained("lstm", corpus), corpus.Codec);
        string[] prompts = ["the ", "", "and", "rye\n"];
        var cases = Enumerable.Range(0, 64).Select(i => (prompts[i % 4], 20 + (i % 7 * 30), (long)i)).ToArray();
        var alone = Array.ConvertAll(cases, one => All(new TextModel(trained), one));
        Assert.True(alone.Distinct().Count() > 50);

        var model = new TextModel(trained);
        using var start = new ManualResetEventSlim();
        var callers = Array.ConvertAll(
            cases,
            one =>
                Task.Factory.StartNew(
                    () =>
                    {
                        start.Wait(Cancellation);
                        return All(model, one);
                    },
                    Cancellation,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
        );
        start.Set();
        Assert.Equal(alone, await Task.WhenAll(callers));

        static string All(TextModel model, (string Prompt, int Length, long Seed) one)
        {
            var text = model.Generate(one.Prompt, one.Length, new() { Seed = one.Seed }, Cancellation);
            var vector = string.Join(' ', model.Embed([text], Cancellation)[0]);
            return $"{text}|{model.Score(text).Bits:R}|{vector}";
        }
    }

    [Fact]
    public void Defaults_are_a_sampled_text_of_300_characters_the_same_each_time()
    {
        foreach (var tokenizer in (Tokenizer[])[Tokenizer.Characters, Tokenizer.Words, Tokenizer.Bytes])
        {
            var corpus = Corpus.FromText(
                "a bé a cee dée é\n\U0001F600 f",
                new CorpusOptions { Normalization = Normalization.None, Tokenizer = tokenizer }
            );
            var model = new TextModel(new TrainedModel(Untrained("gru", corpus), corpus.Codec));
            var text = model.Generate(cancellationToken: Cancellation);
            Assert.Equal(text, model.Generate("", null, new() { Temperature = 0.8, Seed = 1 }, Cancellation));
            Assert.NotEqual(text, model.Generate("", null, SamplingOptions.Greedy, Cancellation));
            Assert.NotEqual(text, model.Generate("", null, new() { Seed = 2 }, Cancellation));
            // A token may end beyond the last character.
            Assert.InRange(text.EnumerateRunes().Count(), 300, tokenizer == Tokenizer.Words ? 305 : 300);
        }
    }

    [Fact]
    public void Vectors_are_the_mean_of_the_hidden_state_and_the_same_alone()
    {
        var corpus = Corpus.FromText("the tide was out and the miller sang");
        var scratch = Untrained(RnnFromScratch.Kind, corpus);
        var model = new TextModel(new TrainedModel(scratch, corpus.Codec));
        string[] texts = ["the tide", "", "sang", "miller sang and the tide was out"];
        var vectors = model.Embed(texts, Cancellation);
        foreach (var (text, vector) in texts.Zip(vectors))
        {
            Assert.Equal(vector, model.Embed([text], Cancellation)[0]);
            var mean = new double[vector.Length];
            var state = scratch.InitialState(1);
            foreach (var token in corpus.Codec.Encode(text))
            {
                (_, state) = scratch.Forward(new[] { token }, 1, state);
                mean = [.. mean.Zip(state.Parts[0].ToArray(), (sum, h) => sum + h)];
            }
            var norm = Math.Sqrt(mean.Sum(value => value * value));
            Assert.All(vector.Zip(mean), pair => Assert.Equal(norm > 0 ? pair.Second / norm : 0, pair.First, 1e-5));
        }
        var deep = new TextModel(new TrainedModel(Untrained("lstm", corpus, layers: 2), corpus.Codec));
        Assert.Equal(11, deep.Embed(["the"], Cancellation)[0].Length);
    }

    [Fact]
    public void A_model_that_reads_from_both_ends_is_refused_before_it_is_trained()
    {
        var options = new TextModelOptions
        {
            Plan = plan => plan with { Model = plan.Model with { Bidirectional = true } },
        };
        var corpus = Corpus.FromText(s_names, s_everything);
        Assert.Contains(
            "neither write nor score",
            Assert
                .Throws<ArgumentException>(() => TextModel.Train(corpus, options, cancellationToken: Cancellation))
                .Message
        );
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = "gru",
                VocabularySize = corpus.Vocabulary.Count,
                HiddenSize = 4,
                Bidirectional = true,
            },
            RandomStream.Parameters(1)
        );
        Assert.Throws<ArgumentException>(() => new TextModel(new TrainedModel(model, corpus.Codec)));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            TextModel.Train(corpus, new() { Budget = TimeSpan.Zero }, cancellationToken: Cancellation)
        );
    }

    private static ILanguageModel Untrained(string kind, Corpus corpus, int layers = 1)
    {
        var model = LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = corpus.Vocabulary.Count,
                HiddenSize = 11,
                Layers = layers,
            },
            RandomStream.Parameters(3)
        );
        foreach (var (_, value) in model.Parameters)
        {
            value.ChangeEach(weight => weight * (kind == RnnFromScratch.Kind ? 60 : 4));
        }
        return model;
    }

    private static float[] Weights(TextModel model) =>
        [.. model.Trained.Model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    /// <summary>Unlike <see cref="Progress{T}"/>, on the thread that reports.</summary>
    private sealed class Reports(List<int> epochs) : IProgress<EpochReport>
    {
        public void Report(EpochReport value) => epochs.Add(value.Epoch);
    }

    private sealed class Stopping(CancellationTokenSource source) : IProgress<EpochReport>
    {
        public void Report(EpochReport value) => source.Cancel();
    }
}
