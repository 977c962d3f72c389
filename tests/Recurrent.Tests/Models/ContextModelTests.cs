using System.Text.Json.Nodes;
using Recurrent.Decoding;
using Recurrent.Emulation;
using Recurrent.Formats;
using Recurrent.Kernels;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Formats;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Models;

/// <summary>Models with context features: trained, saved, gone on from, and refused.</summary>
public sealed class ContextModelTests : IDisposable
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide was out, and the miller counted her sacks; ", 10))
    );

    private readonly TemporaryFolder _folder = new();

    private static TrainingPlan Plan =>
        new(
            new()
            {
                Kind = "gru",
                VocabularySize = s_corpus.Vocabulary.Count,
                HiddenSize = 13,
                EmbeddingSize = 5,
                Features = new() { Rows = 60, Dropout = 0.3 },
            },
            new()
            {
                BatchSize = 4,
                Steps = 8,
                Epochs = 3,
                Optimizer = OptimizerKind.AdamW,
                LearningRate = 0.01,
                ClipNorm = 0.5,
                Validation = 0.2,
            }
        );

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_are_the_same_bits_on_every_tier_and_for_any_threads()
    {
        var expected = TinyModel.Save(Train(new CpuDevice(1, VectorTier.Named("scalar"))));
        foreach (var tier in VectorTier.All)
        {
            Assert.All(
                [1, 2, 3],
                threads => Assert.Equal(expected, TinyModel.Save(Train(new CpuDevice(threads, tier))))
            );
        }
    }

    [Fact]
    public void Contexts_that_were_never_read_keep_vectors_of_zeros()
    {
        var trained = Train(Device.Default);
        foreach (
            var (name, table) in trained.Model.Parameters.Where(one =>
                one.Name.StartsWith("features.", StringComparison.Ordinal)
            )
        )
        {
            var changed = table.ToArray().Chunk(5).Count(row => row.Any(value => value != 0));
            Assert.InRange(changed, 2, 59);
            Assert.True(name != "features.word.weight" || changed < 40, $"{changed} rows for a dozen words.");
        }
    }

    [Fact]
    public void A_session_takes_the_letters_from_the_text_and_a_file_keeps_them()
    {
        var trained = Train(Device.Default);
        var letters = trained.Model.Configuration.Features!.Letters!;
        Assert.Equal(
            "acdehiklmnorstuw",
            string.Concat(letters.Select(i => s_corpus.Vocabulary[i]).Order(StringComparer.Ordinal))
        );
        var file = TinyModel.Save(trained);
        var loaded = TinyModel.Load(file);
        Assert.Equal(trained.Model.Configuration, loaded.Model.Configuration);
        Assert.Equal(file, TinyModel.Save(loaded));
        Assert.Equal(Text(trained), Text(loaded));

        static string Text(TrainedModel trained) =>
            new TextGenerator(trained.Model, trained.Codec).Generate("the ", 60);
    }

    [Fact]
    public void A_model_that_is_trained_further_knows_the_letters_of_new_entries()
    {
        var trained = Train(Device.Default);
        var corpus = Corpus
            .FromText(string.Concat(Enumerable.Repeat("quick foxes jump, and the tide was out. ", 12)))
            .ForModel(trained.Codec, extendVocabulary: true);
        var plan = (Plan with { Model = Plan.Model with { VocabularySize = corpus.Vocabulary.Count } }).GoingOnFrom(
            trained
        );
        var session = new TrainingSession(corpus, plan);
        var (old, now) = (
            trained.Model.Configuration.Features!.Letters!,
            session.Model.Configuration.Features!.Letters!
        );
        Assert.Equal(old, now.Take(old.Count));
        Assert.Equal(
            "fjpqx",
            string.Concat(now.Skip(old.Count).Select(i => corpus.Vocabulary[i]).Order(StringComparer.Ordinal))
        );
        Assert.Equal(
            trained.Model.Parameters.Single(one => one.Name == "features.words.weight").Value.ToArray(),
            session.Model.Parameters.Single(one => one.Name == "features.words.weight").Value.ToArray()
        );
        _ = session.Run(TestContext.Current.CancellationToken).Last();
    }

    [Fact]
    public void What_does_not_take_them_says_so()
    {
        var trained = Train(Device.Default);
        Assert.Contains(
            "the model has context features, whose hashes no operator of ONNX computes",
            Assert.Throws<ModelFileException>(() => trained.ExportOnnx(_folder["model.onnx"])).Message
        );
        Assert.Contains(
            "Context features are not computed on a graphics card",
            Assert
                .Throws<ArgumentException>(() =>
                    LanguageModel.Create(
                        trained.Model.Configuration,
                        RandomStream.Parameters(1),
                        new GpuDevice(new EmulatedCard())
                    )
                )
                .Message
        );
    }

    [Theory]
    [InlineData("rows", "0", "\"rows\" in its metadata \"model\" under \"features\" is 0")]
    [InlineData("rows", "61", "features.2.weight")]
    [InlineData("dropout", "1.5", "Dropout is 1.5")]
    [InlineData("letters", "[3, 3]", "Letter 1 is token 3")]
    [InlineData("letters", "[3, 500]", "is 500")]
    [InlineData("letters", "[]", "features.word.weight")]
    public void A_damaged_section_is_refused(string member, string value, string problem)
    {
        var file = TinyModel.Save(Train(Device.Default));
        var (header, data) = RawSafetensors.Parse(file);
        var metadata = header["__metadata__"]!;
        var model = JsonNode.Parse(metadata["model"]!.GetValue<string>())!;
        model["features"]![member] = JsonNode.Parse(value);
        metadata["model"] = model.ToJsonString();
        var damaged = RawSafetensors.Join(header.ToJsonString(), file[data..]);
        Assert.Contains(problem, Assert.Throws<ModelFileException>(() => TinyModel.Load(damaged)).Message);
    }

    private static TrainedModel Train(Device device)
    {
        var session = new TrainingSession(s_corpus, Plan, new() { Device = device });
        _ = session.Run(TestContext.Current.CancellationToken).Last();
        return session.Finish();
    }
}
