using System.Text.Json.Nodes;
using FsCheck.Fluent;
using Recurrent.Compression;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Randomness;
using Recurrent.Tests.Tensors;
using Recurrent.Text;

namespace Recurrent.Tests.Formats;

/// <summary>Several networks in one file.</summary>
public sealed class NetworksFileTests
{
    private static readonly TextCodec s_codec = new(
        new Normalizer(Normalization.None),
        Tokenizer.Characters,
        Vocabulary.Build(Tokenizer.Characters.Tokenize("abaab"))
    );

    private static NGramModel Counts => NGramModel.Count([1, 2, 1, 1, 2], 3, order: 3);

    private static ILanguageModel Network(string kind, int hidden, int seed) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = 3,
                HiddenSize = hidden,
            },
            RandomStream.Parameters(seed)
        );

    private static TrainedModel Several(bool hasCounts = true) =>
        Of([TinyModel.Model(3), TinyModel.Model(3, i => (i - 2) / 4f), Network("gru", 2, seed: 1)], hasCounts);

    private static TrainedModel Of(IReadOnlyList<ILanguageModel> networks, bool hasCounts)
    {
        var mean = MixedModel.Mean(networks);
        return new(hasCounts ? new MixedModel(mean, Counts, weight: 0.25) : mean, s_codec, TinyModel.Summary);
    }

    private static float[] Logits(TrainedModel trained) =>
        trained.Model.Forward((int[])[1, 2, 0, 1], 1, trained.Model.InitialState(1)).Logits.ToArray();

    private static JsonObject Metadata(TrainedModel trained) =>
        RawSafetensors.Parse(TinyModel.Save(trained)).Header["__metadata__"]!.AsObject();

    [Fact]
    public void They_come_back_as_they_were() =>
        Laws.Hold(
            from networks in Gen.NonEmptyListOf(
                from kind in Gen.Elements("rnn-scratch", "gru", "lstm", "mingru")
                from hidden in Gen.Choose(1, 3)
                from seed in Gen.Choose(1, 100)
                select (kind, hidden, seed)
            )
            from hasCounts in Gen.Elements(false, true)
            select (networks: networks.Take(5).ToArray(), hasCounts),
            c =>
            {
                var trained = Of([.. c.networks.Select(one => Network(one.kind, one.hidden, one.seed))], c.hasCounts);
                var file = TinyModel.Save(trained);
                var loaded = TinyModel.Load(file);
                Assert.Equal(file, TinyModel.Save(loaded));
                Assert.Equal(Logits(trained), Logits(loaded));
                Assert.Equal(
                    trained.Networks.Select(network => network.Configuration),
                    loaded.Networks.Select(network => network.Configuration)
                );
                Assert.Equal(
                    c.networks.Length > 1 ? "3"
                        : c.hasCounts ? "2"
                        : "1",
                    (string?)Metadata(loaded)["version"]
                );
                Assert.Equal(new TextPacker(trained).ModelHash, new TextPacker(loaded).ModelHash);
            }
        );

    [Fact]
    public void The_second_is_beside_the_first_under_a_prefix()
    {
        var file = RawSafetensors.Parse(TinyModel.Save(Several(hasCounts: false))).Header;
        var metadata = file["__metadata__"]!.AsObject();
        Assert.Equal(
            ["format", "version", "model", "text", "training", "model2", "model3"],
            metadata.Select(member => member.Key)
        );
        Assert.Equal((string?)metadata["model"], (string?)metadata["model2"]);
        Assert.Equal("""{"kind":"gru","vocabularySize":3,"hiddenSize":2}""", (string?)metadata["model3"]);
        string[] scratch = ["W_xh", "W_hh", "b_h", "W_hq", "b_q"];
        Assert.Equal(
            [.. scratch, .. scratch.Select(name => $"network2.{name}")],
            file.Select(member => member.Key).Skip(1).Take(10)
        );
        Assert.All(file.Skip(11), member => Assert.StartsWith("network3.", member.Key, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_counts_all_networks_are_there()
    {
        var (hybrid, mean) = (Several(), Several(hasCounts: false));
        Assert.Equal(3, hybrid.Networks.Count);
        Assert.Same(hybrid.Networks[0], hybrid.Network);
        Assert.Equal(TinyModel.Save(mean), TinyModel.Save(hybrid.WithoutCounts()));
        Assert.Same(mean, mean.WithoutCounts());
        Assert.Equal(
            TinyModel.Save(new(hybrid.Networks[2], s_codec, hybrid.Training with { Perplexity = null })),
            TinyModel.Save(hybrid.OnlyNetwork(3))
        );
    }

    [Fact]
    public void A_packed_text_needs_every_network()
    {
        var (one, other) = (Network("gru", 2, seed: 1), Network("gru", 2, seed: 2));
        TrainedModel[] models =
        [
            Of([one], false),
            Of([one, other], false),
            Of([other, one], false),
            Of([one, one], false),
            Of([one, one, other], false),
            Of(
                [
                    one,
                    LanguageModel
                        .Find("gru-reset-before")!
                        .Restore(one.Configuration with { Kind = "gru-reset-before" }, one.Parameters),
                ],
                false
            ),
        ];
        Assert.Distinct(models.Select(model => new TextPacker(model).ModelHash));
    }

    [Fact]
    public void A_damaged_file_is_read_or_refused()
    {
        var (whole, other) = (TinyModel.Save(Several()), TinyModel.Save(TinyModel.Create()));
        var (read, refused) = (0, 0);
        for (var i = 0UL; i < 1000; i++)
        {
            TrainedModel trained;
            try
            {
                trained = TinyModel.Load(Mutation.Of(whole, other, new RandomStream(19, i)));
            }
            catch (ModelFileException error)
            {
                Assert.StartsWith("Cannot read the stream: ", error.Message, StringComparison.Ordinal);
                refused++;
                continue;
            }
            read++;
            var saved = TinyModel.Save(trained);
            Assert.Equal(saved, TinyModel.Save(TinyModel.Load(saved)));
        }
        Assert.InRange(read, 30, 500);
        Assert.Equal(1000, read + refused);
    }

    [Theory]
    [InlineData("model2", null, "it holds a tensor \"network2.W_xh\", which rnn-scratch has no use for")]
    [InlineData("model3", null, "it holds a tensor \"network3.rnn.weight_ih_l0\", which rnn-scratch has no use for")]
    [InlineData(
        "model2",
        """{"kind":"rnn-scratch","vocabularySize":4,"hiddenSize":2}""",
        "its networks have vocabularies of 3 and 4 entries"
    )]
    [InlineData(
        "model2",
        """{"kind":"gru","vocabularySize":3,"hiddenSize":2}""",
        "it lacks the parameter rnn.weight_ih_l0 (6, 3) of its model, which is gru"
    )]
    [InlineData("model2", """{"kind":"own","vocabularySize":3,"hiddenSize":2}""", "its kind of model is \"own\"")]
    [InlineData("model4", """{"kind":"gru","vocabularySize":3,"hiddenSize":2}""", "it lacks the parameter rnn.weight")]
    public void Sections_that_do_not_fit_are_refused(string section, string? value, string problem)
    {
        var file = TinyModel.Save(Several());
        var (header, data) = RawSafetensors.Parse(file);
        var metadata = header["__metadata__"]!.AsObject();
        metadata.Remove(section);
        if (value is not null)
        {
            metadata[section] = value;
        }
        var bytes = RawSafetensors.Join(header.ToJsonString(), file[data..]);
        var error = Assert.Throws<ModelFileException>(() => TinyModel.Load(bytes));
        Assert.StartsWith($"Cannot read the stream: {problem}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exchange_format_takes_one_of_them()
    {
        using var folder = new TemporaryFolder();
        Assert.EndsWith(
            "the model is the mean of several networks, and ONNX files are of one; export one of its Networks, in a "
                + "TrainedModel of its own.",
            Assert.Throws<ModelFileException>(() => Several(hasCounts: false).ExportOnnx(folder["a.onnx"])).Message
        );
        Several().OnlyNetwork(3).ExportOnnx(folder["a.onnx"]);
        Assert.True(File.Exists(folder["a.onnx"]));
    }
}
