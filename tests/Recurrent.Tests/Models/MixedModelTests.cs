using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Models;

/// <summary>
/// The laws of a mixture; <see cref="DecoderTests"/> and the laws of streams have a hybrid among their models.
/// </summary>
public sealed class MixedModelTests
{
    private const int Vocabulary = 11;

    private static readonly int[] s_text = [.. Enumerable.Range(0, 300).Select(i => i * i % 17 % Vocabulary)];

    private static readonly NGramModel s_counts = NGramModel.Count(s_text, Vocabulary, order: 4);

    private static FsCheck.Gen<(double Weight, int Seed)> Cases =>
        from weight in Gen.Choose(0, 1000)
        from seed in Gen.Choose(1, 1000)
        select (weight / 1000.0, seed);

    [Fact]
    public void Is_the_geometric_mean_divided_by_its_sum() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var network = Network(c.Seed);
                var mixed = Probabilities(new MixedModel(network, s_counts, c.Weight));
                var (first, second) = (Probabilities(network), Probabilities(s_counts));
                for (var i = 0; i < mixed.Length; i++)
                {
                    double[] means =
                    [
                        .. first[i].Zip(second[i], (p, q) => Math.Pow(p, c.Weight) * Math.Pow(q, 1 - c.Weight)),
                    ];
                    Assert.Equal(1, mixed[i].Sum(), 1e-12);
                    Assert.All(means.Zip(mixed[i]), pair => Assert.Equal(pair.First / means.Sum(), pair.Second, 1e-5));
                }
            }
        );

    [Fact]
    public void A_model_mixed_with_itself_is_itself() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var network = Network(c.Seed);
                var (own, mixed) = (Probabilities(network), Probabilities(new MixedModel(network, network, c.Weight)));
                Assert.All(
                    own.Zip(mixed),
                    pair => Assert.All(pair.First.Zip(pair.Second), p => Assert.Equal(p.First, p.Second, 1e-5))
                );
                Assert.Equal(Logits(network), Logits(new MixedModel(network, network)));
            }
        );

    [Fact]
    public void The_mean_of_models_is_their_geometric_mean_divided_by_its_sum() =>
        Laws.Hold(
            from count in Gen.Choose(1, 8)
            from seed in Gen.Choose(1, 1000)
            select (count, seed),
            c =>
            {
                ILanguageModel[] models =
                [
                    .. Enumerable.Range(0, c.count).Select(i => i == 4 ? s_counts : Network(c.seed + i)),
                ];
                var mean = Probabilities(MixedModel.Mean(models));
                var each = models.Select(Probabilities).ToArray();
                for (var i = 0; i < mean.Length; i++)
                {
                    double[] products =
                    [
                        .. Enumerable
                            .Range(0, Vocabulary)
                            .Select(token =>
                                each.Aggregate(1.0, (product, one) => product * Math.Pow(one[i][token], 1.0 / c.count))
                            ),
                    ];
                    Assert.Equal(1, mean[i].Sum(), 1e-12);
                    Assert.All(
                        products.Zip(mean[i]),
                        pair => Assert.Equal(pair.First / products.Sum(), pair.Second, 1e-5)
                    );
                }
            }
        );

    [Fact]
    public void The_mean_of_equal_models_is_the_model() =>
        Laws.Hold(
            from count in Gen.Choose(1, 8)
            from seed in Gen.Choose(1, 1000)
            select (count, seed),
            c =>
            {
                var network = Network(c.seed);
                var mean = MixedModel.Mean([.. Enumerable.Repeat(network, c.count)]);
                Assert.All(
                    Probabilities(network).Zip(Probabilities(mean)),
                    rows => Assert.All(rows.First.Zip(rows.Second), p => Assert.Equal(p.First, p.Second, 1e-6))
                );
                if (c.count <= 2)
                {
                    Assert.Equal(Logits(network), Logits(mean));
                }
            }
        );

    [Fact]
    public void All_the_weight_leaves_one_model()
    {
        var network = Network(3);
        Assert.Equal(Logits(network), Logits(new MixedModel(network, s_counts, weight: 1)));
        Assert.Equal(Logits(s_counts), Logits(new MixedModel(network, s_counts, weight: 0)));
    }

    [Fact]
    public void Is_the_first_to_what_trains_and_describes_it()
    {
        var network = Network(3);
        var mixed = new MixedModel(network, s_counts);
        Assert.Equal(0.5, mixed.Weight);
        Assert.Same(network.Configuration, mixed.Configuration);
        Assert.Same(network.Parameters, mixed.Parameters);
        Assert.Same(network.Device, ((ILanguageModel)mixed).Device);
        Assert.Empty(s_counts.Parameters);
    }

    [Fact]
    public void A_copy_stays_as_it_was_while_the_first_is_trained()
    {
        var mixed = new MixedModel(Network(3), s_counts, weight: 0.6);
        var (copy, before) = (LanguageModel.CopyOf(mixed), Logits(mixed));
        mixed.Parameters[0].Value.ChangeEach(weight => weight + 0.1f);
        Assert.NotEqual(before, Logits(mixed));
        Assert.Equal(before, Logits(copy));
    }

    [Fact]
    public void Gradients_reach_the_first_by_its_weight()
    {
        var network = Network(3);
        var alone = Gradient(network);
        Assert.Contains(alone, value => value != 0);
        Assert.NotEqual(alone, Gradient(new MixedModel(network, s_counts)));
        Assert.Equal(alone, Gradient(new MixedModel(network, s_counts, weight: 1)));

        static float[] Gradient(ILanguageModel model)
        {
            model.Parameters[0].Value.ClearGradient();
            var (logits, _) = model.Forward(s_text.AsSpan(0, 20), 2, model.InitialState(2));
            TensorHelp.Loss(logits, s_text.AsSpan(1, 20), 2).Backward();
            return model.Parameters[0].Value.Gradient!.ToArray();
        }
    }

    [Fact]
    public void Hidden_units_are_the_networks()
    {
        var network = Network(3);
        var (alone, mixed) = (
            network.CreateDecoder().CreateState(2),
            new MixedModel(network, Network(4, "lstm")).CreateDecoder().CreateState(2)
        );
        alone.Step([1], [5]);
        mixed.Step([1], [5]);
        Assert.Equal(alone.HiddenSize, mixed.HiddenSize);
        foreach (var layer in (int?[])[null, 0, 1])
        {
            var (expected, found) = (new float[alone.HiddenSize], new float[alone.HiddenSize]);
            alone.ReadHidden(1, expected, layer);
            mixed.ReadHidden(1, found, layer);
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void A_saved_state_of_a_mixture_of_mixtures_comes_back_from_a_file()
    {
        var network = Network(3);
        var hybrid = new MixedModel(network, s_counts);
        var model = new MixedModel(new MixedModel(hybrid, hybrid, 0.2), s_counts);
        var corpus = Corpus.FromText("abcdefghij"); // and <unk>
        var decoder = model.CreateDecoder();
        var batch = new StreamBatch(decoder, corpus.Codec, 1);
        var stream = batch.Admit(corpus.Codec.EncodePrompt("abca"), new() { Length = 50 });
        for (var step = 0; step < 9; step++)
        {
            batch.Step();
        }
        using var file = new MemoryStream();
        var saved = batch.Save(stream);
        Assert.Equal(
            "h_l0 (13), h_l1 (13), second.tokens (3), second.second.h_l0 (13), second.second.h_l1 (13), "
                + "second.second.second.tokens (3), second.second.second.second.tokens (3)",
            saved.Row.ToString()
        );
        StateFile.Write(file, "m", new(saved, stream.Options.Sampling, 0));
        file.Position = 0;
        var back = StateFile.Open(file).Read(decoder, corpus.Codec);
        for (var part = 0; part < saved.Row.Count; part++)
        {
            Assert.Equal(saved.Row.ValuesOf(part), back.State.Row.ValuesOf(part));
        }
    }

    [Fact]
    public void Refuses_what_cannot_be_mixed()
    {
        var error = Assert.Throws<ArgumentException>(() => new MixedModel(Network(3), NGramModel.Count([0], 3)));
        Assert.StartsWith("The first model has 11 vocabulary entries and the second 3; mix two of one", error.Message);
        Assert.Throws<ArgumentException>(() => MixedModel.Mean([]));
        foreach (var weight in (double[])[-0.1, 1.1, double.NaN])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new MixedModel(Network(3), s_counts, weight));
        }
    }

    private static ILanguageModel Network(int seed, string kind = "gru") =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = Vocabulary,
                HiddenSize = 13,
                Layers = 2,
                InitialDeviation = 0.7,
            },
            RandomStream.Parameters(seed)
        );

    private static float[] Logits(ILanguageModel model) =>
        model.Forward(s_text.AsSpan(0, 40), 2, model.InitialState(2)).Logits.ToArray();

    private static double[][] Probabilities(ILanguageModel model) =>
        [
            .. Logits(model)
                .Chunk(Vocabulary)
                .Select(logits => (Logits: logits, Sum: logits.Sum(logit => Math.Exp(logit))))
                .Select(row => row.Logits.Select(logit => Math.Exp(logit) / row.Sum).ToArray()),
        ];
}
