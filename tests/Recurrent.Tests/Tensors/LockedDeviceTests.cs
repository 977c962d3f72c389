using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Optimizing;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Formats;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Tensors;

/// <summary>A second device: nothing outside of it may know where tensors are, or touch them.</summary>
public sealed class LockedDeviceTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Join(' ', Enumerable.Repeat("the tide went out and the miller counted her sacks of rye", 5)),
        new CorpusOptions { Normalization = Normalization.Letters }
    );

    public static TheoryData<string, int, int, double> Models =>
        new()
        {
            { "rnn-scratch", 1, 0, 0 },
            { "rnn", 1, 0, 0 },
            { "gru", 1, 5, 0.1 },
            { "gru-reset-before", 1, 5, 0.1 },
            { "lstm", 2, 9, 0.2 },
            { "mingru", 2, 5, 0.1 },
            { "minlstm", 1, 0, 0 },
        };

    [Theory]
    [MemberData(nameof(Models))]
    public void Trains_and_writes_the_same_bytes_as_the_processor(
        string kind,
        int layers,
        int embedding,
        double dropout
    )
    {
        var configuration = new ModelConfiguration
        {
            Kind = kind,
            VocabularySize = s_corpus.Vocabulary.Count,
            HiddenSize = 9,
            Layers = layers,
            EmbeddingSize = embedding,
            TiedWeights = embedding == 9,
            Dropout = dropout,
        };
        var device = new LockedDevice();
        var (expected, actual) = (Train(configuration, new CpuDevice()), Train(configuration, device));
        Assert.Equal(expected.Losses, actual.Losses);
        Assert.Equal(expected.File, actual.File);
        Assert.Equal(expected.Text, actual.Text);
        Assert.True(device.KernelsRun > 100, $"The device ran {device.KernelsRun} kernels.");
    }

    [Fact]
    public void A_file_is_loaded_onto_the_device_that_is_asked_for()
    {
        var configuration = new ModelConfiguration
        {
            Kind = "lstm",
            VocabularySize = s_corpus.Vocabulary.Count,
            HiddenSize = 9,
        };
        var (bytes, text, _) = Train(configuration, new CpuDevice());
        var device = new LockedDevice();
        var loaded = TrainedModel.Load(new MemoryStream(bytes), device: device);
        Assert.All(loaded.Model.Parameters, parameter => Assert.Same(device, parameter.Value.Device));
        Assert.Same(device, loaded.Model.Device);
        Assert.Equal(bytes, TinyModel.Save(loaded));
        Assert.Equal(
            text,
            new TextGenerator(loaded.Model, loaded.Codec, SamplingOptions.Greedy).Generate(
                "the ",
                20,
                TestContext.Current.CancellationToken
            )
        );
    }

    [Fact]
    public void The_host_finds_nothing_by_a_span()
    {
        var tensor = Tensor.From(new LockedDevice(), [1, 2, 3], 3);
        Assert.NotEqual([1f, 2, 3], tensor.Values.AsSpan().ToArray());
        Assert.Equal([1f, 2, 3], tensor.ToArray());
    }

    private static (byte[] File, string Text, double[] Losses) Train(ModelConfiguration configuration, Device device)
    {
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(1), device);
        var options = new TrainerOptions
        {
            BatchSize = 3,
            Steps = 10,
            Epochs = 3,
            Seed = 3,
            Optimizer = configuration.Dropout > 0 ? OptimizerKind.AdamW : OptimizerKind.Sgd,
            Momentum = configuration.Layers > 1 ? 0 : 0.5,
            ClipNorm = 0.1,
            Validation = 0.2,
        };
        var trainer = new Trainer(model, s_corpus.Tokens, options);
        double[] losses =
        [
            .. trainer
                .Run(TestContext.Current.CancellationToken)
                .SelectMany(report => (double[])[report.Loss, report.ValidationLoss!.Value]),
        ];
        trainer.RestoreBest();
        var file = TinyModel.Save(new TrainedModel(model, s_corpus.Codec, new TrainingSummary()));
        var text = new TextGenerator(model, s_corpus.Codec, SamplingOptions.Greedy).Generate("the ", 20);
        return (file, text, losses);
    }
}
