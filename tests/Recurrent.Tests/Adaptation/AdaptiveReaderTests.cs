using Recurrent.Adaptation;
using Recurrent.Decoding;
using Recurrent.Evaluation;
using Recurrent.Formats;
using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Formats;
using Recurrent.Text;

namespace Recurrent.Tests.Adaptation;

public sealed class AdaptiveReaderTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide was out and the miller sang a song of rye ", 20))
    );

    private static readonly int[] s_tokens = s_corpus.Tokens.ToArray();

    public static TheoryData<string> Kinds => [.. LanguageModel.Kinds];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_network_learns_from_what_it_reads_and_stays_as_it_is(string kind)
    {
        var model = Network(kind);
        var before = Values(model);
        var reader = AdaptiveReader.Of(model);
        var (first, second) = (NatsOf(reader, s_tokens), NatsOf(reader, s_tokens));
        Assert.InRange(second, 0, 0.99 * first);
        Assert.Equal(before, Values(model));
        Assert.NotEqual(before, Values(reader.Adapted()));
    }

    [Fact]
    public void Nothing_is_learned_from_a_token_before_it_is_predicted()
    {
        var (model, tokens) = (Network("gru"), s_tokens[..(AdaptingNetwork.Window + 1)]);
        var (reader, state) = (AdaptiveReader.Of(model), model.CreateDecoder().CreateState(1));
        state.Reset(0);
        foreach (var token in tokens[..^1])
        {
            Assert.Equal(state.Step([0], [token]), reader.Read(token));
        }
        Assert.NotEqual(state.Step([0], [tokens[^1]]).ToArray(), reader.Read(tokens[^1]).ToArray());
    }

    // v is the mean of g², so the first step has the length η whatever g is.
    [Fact]
    public void The_first_step_is_down_the_sign_of_the_gradient()
    {
        var model = Network("gru");
        var reader = AdaptiveReader.Of(model);
        var tokens = s_tokens[..(AdaptingNetwork.Window + 1)];
        foreach (var token in tokens)
        {
            reader.Read(token);
        }
        var copy = LanguageModel.CopyOf(model);
        var (x, y) = (Indices.From(tokens.AsSpan(0, 32), 32, 1), Indices.From(tokens.AsSpan(1), 32, 1));
        Tensor.SoftmaxCrossEntropy(copy.Forward(x, copy.InitialState(1)).Logits, y).Backward();
        foreach (var (old, learnt) in copy.Parameters.Zip(reader.Adapted().Parameters))
        {
            var (w, g, after) = (old.Value.ToArray(), old.Value.Gradient!.ToArray(), learnt.Value.ToArray());
            for (var i = 0; i < w.Length; i++)
            {
                if (Math.Abs(g[i]) > 1e-5)
                {
                    Assert.Equal(w[i] - (AdaptationRule.Rate * Math.Sign(g[i])), after[i], 1e-6);
                }
            }
        }
    }

    [Fact]
    public void Tables_of_context_features_stay_as_they_are()
    {
        var configuration = Network("gru").Configuration with
        {
            EmbeddingSize = 8,
            Features = new ContextFeatures { Rows = 64 },
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1));
        var reader = AdaptiveReader.Of(model);
        foreach (var token in s_tokens[..200])
        {
            reader.Read(token);
        }
        foreach (var ((name, before), (_, after)) in model.Parameters.Zip(reader.Adapted().Parameters))
        {
            Assert.Equal(
                name.StartsWith("features.", StringComparison.Ordinal),
                before.ToArray().SequenceEqual(after.ToArray())
            );
        }
    }

    [Fact]
    public void The_same_tokens_give_the_same_logits_on_any_threads_and_width()
    {
        float[] Read(int threads, VectorTier tier)
        {
            var reader = AdaptiveReader.Of(Hybrid(new CpuDevice(threads, tier)));
            return [.. s_tokens[..100].SelectMany(token => reader.Read(token).ToArray())];
        }
        var expected = Read(1, VectorTier.Named("scalar"));
        foreach (var tier in VectorTier.All)
        {
            Assert.Equal(expected, Read(1, tier));
            Assert.Equal(expected, Read(3, tier));
        }
    }

    [Fact]
    public void Of_a_hybrid_both_parts_learn()
    {
        var hybrid = Hybrid();
        var (reader, network, counts) = (
            AdaptiveReader.Of(hybrid),
            AdaptiveReader.Of(hybrid.First),
            AdaptiveReader.Of(hybrid.Second)
        );
        foreach (var token in s_tokens[..200])
        {
            var (ours, theirs) = (network.Read(token).ToArray(), counts.Read(token).ToArray());
            Assert.Equal(ours.Zip(theirs, (a, b) => (0.3f * a) + (0.7f * b)), reader.Read(token).ToArray());
        }
        var adapted = (MixedModel)reader.Adapted();
        Assert.Equal(0.3, adapted.Weight);
        Assert.Equal(Values(network.Adapted()), Values(adapted));
        Assert.IsType<NGramModel>(adapted.Second);
    }

    [Fact]
    public void A_model_that_has_learned_writes_what_it_has_read()
    {
        var counts = NGramModel.Count(s_tokens, s_corpus.Vocabulary.Count, 6);
        var reader = AdaptiveReader.Of(counts);
        foreach (var token in s_corpus.Codec.Encode(string.Concat(Enumerable.Repeat("the tiler slew a gnat ", 30))))
        {
            reader.Read(token);
        }
        string Written(ILanguageModel model) =>
            new TextGenerator(model, s_corpus.Codec, SamplingOptions.Greedy).Generate("the ti", 5, Cancellation);
        Assert.Equal("de wa", Written(counts));
        Assert.Equal("ler s", Written(reader.Adapted()));
    }

    [Fact]
    public void A_text_is_measured_as_it_is_read()
    {
        var trained = new TrainedModel(Hybrid(), s_corpus.Codec);
        var text = s_corpus.Codec.Decode(s_tokens.AsSpan(0, 700));
        var measured = ModelEvaluator.MeasureAdaptive(trained, text, Cancellation);
        var bits = NatsOf(AdaptiveReader.Of(trained.Model), [Vocabulary.UnknownIndex, .. s_tokens[..700]]) * 700;
        Assert.Equal(bits / Math.Log(2), measured.Bits, 1e-6);
        Assert.Equal(("adaptive", 700), (measured.Name, measured.Tokens));
        Assert.True(measured.Bits < ModelEvaluator.Measure(trained, text, Cancellation).Bits);
        Assert.Throws<ArgumentException>(() => ModelEvaluator.MeasureAdaptive(trained, "", Cancellation));
        Assert.Throws<OperationCanceledException>(() =>
            ModelEvaluator.MeasureAdaptive(trained, text, new CancellationToken(canceled: true))
        );
    }

    // Weights so large that a gradient is not finite: it goes on as it was.
    [Fact]
    public void A_step_that_is_not_finite_is_left_out()
    {
        var model = Network("gru");
        model.Parameters[^1].Value.ScaleInPlace(0, float.MaxValue);
        model.Parameters[^2].Value.ScaleInPlace(1e38f);
        var before = Values(model);
        var reader = AdaptiveReader.Of(model);
        foreach (var token in s_tokens[..100])
        {
            reader.Read(token);
        }
        Assert.Equal(before, Values(reader.Adapted()));
    }

    [Fact]
    public void Refuses_what_cannot_learn()
    {
        var configuration = Network("gru").Configuration with { Bidirectional = true };
        var ahead = LanguageModel.Create(configuration, RandomStream.Parameters(1));
        Assert.StartsWith(
            "A bidirectional model has seen the tokens it is to predict",
            Assert.Throws<ArgumentException>(() => AdaptiveReader.Of(ahead)).Message
        );
        var own = TinyModel.Model(3, step: (x, state, p) => (Tensor.MatMul(x, Tensor.MatMul(p[0], p[3])), state));
        Assert.StartsWith(
            "A model of the kind \"rnn-scratch\" that computes in a way of its own cannot be copied",
            Assert.Throws<ArgumentException>(() => AdaptiveReader.Of(own)).Message
        );
        Assert.Throws<ArgumentNullException>(() => AdaptiveReader.Of(null!));
        foreach (var reader in new[] { AdaptiveReader.Of(Network("gru")), AdaptiveReader.Of(Hybrid()) })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(-1));
            Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(s_corpus.Vocabulary.Count));
        }
    }

    private static ILanguageModel Network(string kind, Device? device = null) =>
        LanguageModel.Create(
            new()
            {
                Kind = kind,
                VocabularySize = s_corpus.Vocabulary.Count,
                HiddenSize = 24,
            },
            RandomStream.Parameters(1),
            device
        );

    private static MixedModel Hybrid(Device? device = null) =>
        new(Network("gru", device), NGramModel.Count(s_tokens.AsSpan(0, 100), s_corpus.Vocabulary.Count, 4), 0.3);

    private static float[] Values(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    private static double NatsOf(AdaptiveReader reader, int[] tokens)
    {
        var bits = 0.0;
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            bits += Surprisal.OfToken(reader.Read(tokens[i]), tokens[i + 1]);
        }
        return bits * Math.Log(2) / (tokens.Length - 1);
    }
}
