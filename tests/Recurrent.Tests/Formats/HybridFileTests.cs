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

/// <summary>A network with counts in one file.</summary>
public sealed class HybridFileTests
{
    private const string Damaged = "; copy the file again or train the model again";

    [Fact]
    public void Comes_back_as_it_was() =>
        Laws.Hold(
            from vocabulary in Gen.Elements(1, 3, 3, 3, 300, 300, 300, 70_000)
            from length in Gen.Choose(0, 80)
            from text in Gen.ArrayOf(Gen.Choose(0, Math.Min(vocabulary, 500) - 1), length)
            from repeated in Gen.Elements(1, 1, 400)
            from order in Gen.Choose(1, NGramModel.MaxOrder)
            from weight in Gen.Choose(0, 10)
            select (vocabulary, text, repeated, order, weight),
            c =>
            {
                int[] text =
                [
                    .. Enumerable
                        .Repeat(c.text.Select(token => c.vocabulary - 1 - token), c.repeated)
                        .SelectMany(part => part),
                ];
                var counts = NGramModel.Count(text, c.vocabulary, c.order);
                var hybrid = new TrainedModel(
                    new MixedModel(TinyModel.Model(c.vocabulary), counts, c.weight / 10.0),
                    CodecOf(c.vocabulary)
                );
                var file = TinyModel.Save(hybrid);
                var loaded = TinyModel.Load(file);
                var model = Assert.IsType<MixedModel>(loaded.Model);
                Assert.Equal(
                    (c.weight / 10.0, c.order, counts.Entries),
                    (model.Weight, ((NGramModel)model.Second).Order, ((NGramModel)model.Second).Entries)
                );
                Assert.Equal(file, TinyModel.Save(loaded));
                Assert.Equal(Logits(hybrid, [.. text.Take(10)]), Logits(loaded, [.. text.Take(10)]));
            }
        );

    [Fact]
    public void Without_its_counts_it_is_the_file_of_the_network()
    {
        var hybrid = Hybrid();
        Assert.Equal(TinyModel.Save(TinyModel.Create()), TinyModel.Save(hybrid.WithoutCounts()));
        Assert.Same(((MixedModel)hybrid.Model).First, hybrid.Network);
        Assert.Same(hybrid.Training, hybrid.WithoutCounts().Training);
        var network = TinyModel.Create();
        Assert.Same(network, network.WithoutCounts());
        Assert.Same(network.Model, network.Network);
    }

    // What read only version 1 refuses it in a sentence, and does not take the network for the model.
    [Fact]
    public void Only_a_file_with_counts_is_of_the_second_version()
    {
        Assert.Equal("1", (string?)Metadata(TinyModel.Create())["version"]);
        var metadata = Metadata(Hybrid());
        Assert.Equal("2", (string?)metadata["version"]);
        Assert.Equal("""{"order":3,"weight":0.25}""", (string?)metadata["counts"]);

        static JsonObject Metadata(TrainedModel trained) =>
            RawSafetensors.Parse(TinyModel.Save(trained)).Header["__metadata__"]!.AsObject();
    }

    [Fact]
    public void Counts_are_exact_where_weights_have_sixteen_bits()
    {
        using var stream = new MemoryStream();
        var hybrid = Hybrid();
        hybrid.Save(stream, WeightType.Float16);
        stream.Position = 0;
        var loaded = (MixedModel)TrainedModel.Load(stream).Model;
        Assert.Equal(
            Logits(new(((MixedModel)hybrid.Model).Second, hybrid.Codec), [1, 2, 0, 1]),
            Logits(new(loaded.Second, hybrid.Codec), [1, 2, 0, 1])
        );
    }

    [Fact]
    public void A_damaged_file_is_read_or_refused()
    {
        const int files = 3000;
        const long mostAllocated = 100_000; // bytes, for files of about 1,500
        var (whole, other) = (TinyModel.Save(Hybrid()), TinyModel.Save(TinyModel.Create()));
        var (read, refused) = (0, 0);
        for (var i = 0UL; i < files; i++)
        {
            var file = Mutation.Of(whole, other, new RandomStream(17, i));
            TrainedModel? trained = null;
            var allocated = Allocated.By(() =>
            {
                try
                {
                    trained = TinyModel.Load(file);
                }
                catch (ModelFileException error)
                {
                    Assert.StartsWith("Cannot read the stream: ", error.Message, StringComparison.Ordinal);
                    Assert.DoesNotContain(error.Message, char.IsControl);
                }
            });
            Assert.True(allocated < mostAllocated, $"File {i} took {allocated} bytes.");
            if (trained is null)
            {
                refused++;
                continue;
            }
            read++;
            var saved = TinyModel.Save(trained);
            Assert.Equal(saved, TinyModel.Save(TinyModel.Load(saved)));
            if (trained.Model is MixedModel mixed)
            {
                Assert.DoesNotContain(Logits(new(mixed.Second, trained.Codec), [1, 2]), float.IsNaN);
            }
        }
        Assert.InRange(read, files / 20, files / 3);
        Assert.Equal(files, read + refused);
    }

    // Of abaab and <unk> there are the n-grams a b; aa ab ba; aab aba baa.
    [Theory]
    [InlineData("counts.tokens", 0, 2, "what its counts hold cannot be used (a token is 2 after 2 among 3 ")]
    [InlineData("counts.tokens", 1, 3, "what its counts hold cannot be used (a token is 3 after 1 among 3 ")]
    [InlineData("counts.tokens", 4, 2, "what its counts hold cannot be used (an n-gram is there without its end")]
    [InlineData("counts.longer", 0, 1, "what its counts hold cannot be used (a token is 1 after 2 among 3 ")]
    [InlineData("counts.longer", 0, 200, "what its counts hold cannot be used (more n-grams follow others than there ")]
    [InlineData("counts.longer", 5, 0, "what its counts hold cannot be used (fewer n-grams follow others than there ")]
    [InlineData("counts.occurrences", 1, 0, "what its counts hold cannot be used (an n-gram has been counted less ")]
    public void Counts_that_no_text_has(string tensor, int place, byte value, string problem) =>
        AssertRefused(
            file =>
            {
                var offsets = file.Header[tensor]!["data_offsets"]!;
                file.Data[(int)offsets[0]! + place] = value;
            },
            problem
        );

    [Theory]
    [InlineData("order", "9", "\"order\" in its metadata \"counts\" is 9, not a whole number from 1 to 8" + Damaged)]
    [InlineData(
        "order",
        "2",
        "what its counts hold cannot be used (fewer n-grams follow others than there are)" + Damaged
    )]
    [InlineData(
        "order",
        "4",
        "what its counts hold cannot be used (fewer n-grams are there than there must be)" + Damaged
    )]
    [InlineData(
        "weight",
        "1.5",
        "what its counts hold cannot be used (weight is 1.5 and must be a number from 0 to 1)" + Damaged
    )]
    [InlineData("weight", null, "its metadata \"counts\" lacks \"weight\"" + Damaged)]
    public void A_section_that_cannot_be(string member, string? json, string problem) =>
        AssertRefused(
            file =>
            {
                var members = JsonNode.Parse((string)file.Metadata["counts"]!)!.AsObject();
                members[member] = json is null ? null : JsonNode.Parse(json);
                file.Metadata["counts"] = members.ToJsonString();
            },
            problem
        );

    [Fact]
    public void A_tensor_that_is_missing_or_of_another_type()
    {
        AssertRefused(
            file => file.Header["counts.token"] = file.Header["counts.tokens"]!.DeepClone(),
            "tensor \"counts.token" // the two begin at one place
        );
        AssertRefused(
            file =>
            {
                file.Header["counts.most"] = file.Header["counts.more"]!.DeepClone();
                file.Header.Remove("counts.more");
            },
            "it holds a tensor \"counts.most\", which rnn-scratch has no use for" + Damaged
        );
        AssertRefused(
            file => file.Header["counts.tokens"]!["dtype"] = "I8",
            "tensor \"counts.tokens\" has values of type I8, not U8, U16 or I32" + Damaged
        );
        AssertRefused(file => file.Metadata.Remove("counts"), "it holds a tensor \"counts.");
    }

    [Fact]
    public void Only_networks_that_weigh_the_same_are_saved_alone_or_with_counts()
    {
        var (hybrid, codec) = (Hybrid(), TinyModel.Create().Codec);
        var counts = ((MixedModel)hybrid.Model).Second;
        foreach (
            var model in (ILanguageModel[])
                [
                    counts,
                    new MixedModel(counts, counts),
                    new MixedModel(hybrid.Network, hybrid.Network, 0.6),
                    new MixedModel(hybrid.Network, new MixedModel(hybrid.Network, hybrid.Network)),
                    new MixedModel(MixedModel.Mean([hybrid.Network, hybrid.Network]), hybrid.Network),
                    new MixedModel(hybrid.Model, hybrid.Network),
                    new MixedModel(hybrid.Model, counts),
                ]
        )
        {
            Assert.Equal(
                "Cannot write the stream: a file keeps a network or the mean of some, alone or mixed with counts, and "
                    + "the model is another mixture; mix it so, or save its networks.",
                Assert.Throws<ModelFileException>(() => TinyModel.Save(new(model, codec))).Message
            );
        }
    }

    [Fact]
    public void An_exchange_format_takes_the_network_alone()
    {
        using var folder = new TemporaryFolder();
        var hybrid = Hybrid();
        Assert.EndsWith(
            "the model has counts, which ONNX has nothing for; export its network alone, by WithoutCounts().",
            Assert.Throws<ModelFileException>(() => hybrid.ExportOnnx(folder["a.onnx"])).Message
        );
        hybrid.WithoutCounts().ExportOnnx(folder["a.onnx"]);
        TinyModel.Create().ExportOnnx(folder["b.onnx"]);
        Assert.Equal(File.ReadAllBytes(folder["b.onnx"]), File.ReadAllBytes(folder["a.onnx"]));
    }

    [Fact]
    public void What_is_packed_with_counts_needs_them_and_their_weight()
    {
        var codec = new TextCodec(
            new Normalizer(Normalization.None),
            Tokenizer.Characters,
            Vocabulary.Build(Tokenizer.Characters.Tokenize("abaab"))
        );
        var network = TinyModel.Model(codec.Vocabulary.Count);
        var counts = NGramModel.Count([1, 2, 1, 1, 2], 3, order: 3);
        TrainedModel[] models =
        [
            new(new MixedModel(network, counts), codec),
            new(new MixedModel(network, counts, weight: 0.25), codec),
            new(new MixedModel(network, NGramModel.Count([1, 2, 1, 1, 2], 3, order: 2)), codec),
            new(new MixedModel(network, NGramModel.Count([1, 2, 1, 1, 2, 2], 3, order: 3)), codec),
            new(network, codec),
        ];
        Assert.Distinct(models.Select(model => new TextPacker(model).ModelHash));
        using var packed = new MemoryStream();
        new TextPacker(models[0]).Pack(new MemoryStream("abaababa"u8.ToArray()), packed, Cancellation);
        using var text = new MemoryStream();
        var loaded = TinyModel.Load(TinyModel.Save(models[0]));
        new TextPacker(loaded).Unpack(new MemoryStream(packed.ToArray()), text, Cancellation);
        Assert.Equal("abaababa"u8, text.ToArray());
        Assert.Throws<InvalidDataException>(() =>
            new TextPacker(models[1]).Unpack(new MemoryStream(packed.ToArray()), Stream.Null, Cancellation)
        );
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static TrainedModel Hybrid()
    {
        var network = TinyModel.Create();
        return new(
            new MixedModel(network.Model, NGramModel.Count([1, 2, 1, 1, 2], 3, order: 3), weight: 0.25),
            network.Codec,
            network.Training
        );
    }

    private static TextCodec CodecOf(int vocabularySize) =>
        new(
            new Normalizer(Normalization.None),
            Tokenizer.Words,
            Vocabulary.Build(Enumerable.Range(1, vocabularySize - 1).Select(word => $"w{word}"))
        );

    private static float[] Logits(TrainedModel trained, int[] tokens) =>
        tokens.Length == 0 ? [] : trained.Model.Forward(tokens, 1, trained.Model.InitialState(1)).Logits.ToArray();

    private static void AssertRefused(Action<RawSafetensors> change, string problem)
    {
        var file = TinyModel.Save(Hybrid());
        var (header, data) = RawSafetensors.Parse(file);
        var parts = new RawSafetensors { Header = header, Data = file[data..] };
        change(parts);
        var bytes = RawSafetensors.Join(parts.Header.ToJsonString(), parts.Data);
        var error = Assert.Throws<ModelFileException>(() => TinyModel.Load(bytes));
        Assert.StartsWith($"Cannot read the stream: {problem}", error.Message, StringComparison.Ordinal);
    }
}
