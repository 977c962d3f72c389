using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Formats;
using Recurrent.Tests.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Models;

/// <summary>Models of several layers, both directions, embeddings and dropout.</summary>
public sealed class DeepModelTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide was out and the miller counted her sacks ", 10))
    );

    private static readonly ModelConfiguration s_full = new()
    {
        Kind = "lstm",
        VocabularySize = s_corpus.Vocabulary.Count,
        HiddenSize = 13,
        Layers = 2,
        Bidirectional = true,
        Dropout = 0.3,
        EmbeddingSize = 7,
    };

    private static readonly TrainerOptions s_short = new()
    {
        BatchSize = 5,
        Steps = 7,
        Epochs = 2,
        Seed = 3,
    };

    private static ILanguageModel Trained(
        ModelConfiguration configuration,
        TrainerOptions options,
        Device? device = null
    )
    {
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1), device);
        _ = new Trainer(model, s_corpus.Tokens, options).Run(TestContext.Current.CancellationToken).Last();
        return model;
    }

    private static byte[] FileOf(ILanguageModel model) =>
        TinyModel.Save(new TrainedModel(model, s_corpus.Codec, new TrainingSummary()));

    [Fact]
    public void The_file_is_the_same_to_the_byte_on_every_tier_and_for_any_threads()
    {
        byte[] File(int threads, VectorTier tier) => FileOf(Trained(s_full, s_short, new CpuDevice(threads, tier)));

        var expected = File(1, VectorTier.Named("scalar"));
        foreach (var tier in VectorTier.All)
        {
            Assert.All([1, 2, 3, 5], threads => Assert.Equal(expected, File(threads, tier)));
        }
        Assert.NotEqual(expected, FileOf(Trained(s_full, s_short with { Seed = 4 })));
    }

    [Fact]
    public void Golden_losses()
    {
        var configuration = s_full with { Bidirectional = false };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1));
        var losses = new Trainer(model, s_corpus.Tokens, s_short with { Epochs = 4 })
            .Run(TestContext.Current.CancellationToken)
            .Select(report => report.Loss);
        Assert.Equal([2.7603757722037181, 2.6830888475690569, 2.674611415181841, 2.6302198512213573], losses);
    }

    [Theory]
    [InlineData("rnn", 2, false, 0, false)]
    [InlineData("gru", 2, false, 12, false)]
    [InlineData("lstm", 2, false, 48, true)]
    public void Learns_with_dropout(string kind, int layers, bool bidirectional, int embedding, bool tied)
    {
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = s_corpus.Vocabulary.Count,
            HiddenSize = 48,
            Layers = layers,
            Bidirectional = bidirectional,
            EmbeddingSize = embedding,
            TiedWeights = tied,
            Dropout = 0.1,
        };
        var model = Trained(configuration, s_short with { Steps = 20, Epochs = 250 });
        Assert.StartsWith(
            "de was out and the miller counted her",
            new TextGenerator(model, s_corpus.Codec, SamplingOptions.Greedy).Generate(
                "the ti",
                40,
                TestContext.Current.CancellationToken
            )
        );
    }

    [Fact]
    public void Nothing_is_dropped_outside_of_training()
    {
        var model = LanguageModel.Create(s_full, RandomStream.Parameters(1));
        var plain = LanguageModel.Create(s_full with { Dropout = 0 }, RandomStream.Parameters(1));
        Assert.Equal(Logits(plain, null), Logits(model, null));
        Assert.Equal(Logits(plain, null), Logits(plain, RandomStream.Dropout(1)));
        Assert.NotEqual(Logits(model, null), Logits(model, RandomStream.Dropout(1)));

        static float[] Logits(ILanguageModel model, RandomStream? dropout) =>
            model.Forward([1, 2, 3, 4], 2, model.InitialState(2), dropout).Logits.ToArray();
    }

    [Fact]
    public void Each_minibatch_of_a_training_drops_by_a_stream_of_its_own()
    {
        var model = new Training.RecordingModel(s_corpus.Vocabulary.Count);
        _ = new Trainer(model, s_corpus.Tokens, s_short).Run(TestContext.Current.CancellationToken).Last();
        Assert.Distinct(model.Dropouts);
        Assert.Equal(model.StatesSeen.Count, model.Dropouts.Count);
        Assert.Equal(RandomStream.Dropout(s_short.Seed).Fork(1), model.Dropouts[1]);
    }

    [Fact]
    public void Everything_chosen_comes_back_from_the_file()
    {
        ModelConfiguration[] configurations =
        [
            s_full,
            s_full with
            {
                Bidirectional = false,
                Layers = 64,
                HiddenSize = 1,
            },
            s_full with
            {
                EmbeddingSize = 26,
                TiedWeights = true,
                InitialDeviation = 0.01,
            },
            s_full with
            {
                Kind = "gru",
                Dropout = 0.1 + 0.2,
            },
            s_full with
            {
                Kind = "rnn",
                EmbeddingSize = 0,
            },
        ];
        foreach (var configuration in configurations)
        {
            var model = LanguageModel.Create(configuration, RandomStream.Parameters(1));
            var file = FileOf(model);
            var loaded = TinyModel.Load(file).Model;
            Assert.Equal(configuration, loaded.Configuration);
            Assert.Equal(file, FileOf(loaded));
            int[] tokens = [1, 2, 3, 4];
            Assert.Equal(
                model.Forward(tokens, 2, model.InitialState(2)).Logits.ToArray(),
                loaded.Forward(tokens, 2, loaded.InitialState(2)).Logits.ToArray()
            );
        }
    }

    [Fact]
    public void Initial_values_are_PyTorchs_or_normal()
    {
        var wide = s_full with { HiddenSize = 100, EmbeddingSize = 100 };
        Assert.Equal(1, Deviation(wide, "embedding.weight"), 0.1);
        Assert.Equal(0.1 / Math.Sqrt(3), Deviation(wide, "rnn.weight_hh_l1_reverse"), 0.002);
        Assert.Equal(1 / Math.Sqrt(200) / Math.Sqrt(3), Deviation(wide, "linear.weight"), 0.002);
        var tied = wide with { EmbeddingSize = 200, TiedWeights = true };
        Assert.Equal(1 / Math.Sqrt(200) / Math.Sqrt(3), Deviation(tied, "embedding.weight"), 0.002);
        var normal = wide with { InitialDeviation = 0.5 };
        Assert.Equal(0.5, Deviation(normal, "embedding.weight"), 0.02);
        Assert.Equal(0.5, Deviation(normal, "rnn.weight_ih_l0"), 0.02);
        Assert.Equal(0, Deviation(normal, "rnn.bias_hh_l0"));
        Assert.Equal(0, Deviation(normal, "linear.bias"));

        static double Deviation(ModelConfiguration configuration, string name)
        {
            var model = LanguageModel.Create(configuration, RandomStream.Parameters(2));
            var values = model.Parameters.Single(parameter => parameter.Name == name).Value.ToArray();
            return Math.Sqrt(values.ToArray().Average(value => (double)value * value));
        }
    }

    [Fact]
    public void A_bidirectional_model_looks_ahead_and_still_generates_what_the_library_is_asked_for()
    {
        var configuration = s_full with { EmbeddingSize = 0, HiddenSize = 32, Layers = 1, Dropout = 0 };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1));
        var report = new Trainer(model, s_corpus.Tokens, s_short with { Epochs = 60 })
            .Run(TestContext.Current.CancellationToken)
            .Last();
        // It sees the very token that it is to predict, so it predicts it …
        Assert.InRange(report.Perplexity, 1, 1.5);
        // … and knows nothing of a text that is not there yet.
        var text = new TextGenerator(model, s_corpus.Codec, SamplingOptions.Greedy).Generate(
            "the tide was ",
            30,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(30, text.Length);
        Assert.False(text.StartsWith("out and the miller counted her", StringComparison.Ordinal));
    }
}
