using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Formats;

/// <summary>A model of the user's own is trained, saved, loaded again and resumed as any other.</summary>
public sealed class OwnModelTests : IDisposable
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide came in and the miller went out ", 20))
    );

    private static readonly TrainerOptions s_options = new()
    {
        BatchSize = 4,
        Steps = 8,
        Epochs = 4,
        LearningRate = 0.5,
        Validation = 0.1,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_trained_saved_and_loaded_again()
    {
        var model = Create();
        var losses = new Trainer(model, s_corpus.Sequence, s_options)
            .Run(TestContext.Current.CancellationToken)
            .Select(report => report.Loss)
            .ToList();
        Assert.True(losses[^1] < losses[0]);
        var path = _folder["own.safetensors"];
        new TrainedModel(model, s_corpus.Codec).Save(path);

        var loaded = TrainedModel.Load(path, OwnModel.Create);

        Assert.IsType<OwnModel>(loaded.Model);
        Assert.Equal(OwnModel.Sizes(s_corpus.Vocabulary.Count), loaded.Model.Configuration);
        Assert.Equal(Weights(model), Weights(loaded.Model));
        Assert.Equal(Write(model), Write(loaded.Model));
        var saved = File.ReadAllBytes(path);
        loaded.Save(path);
        Assert.Equal(saved, File.ReadAllBytes(path));
    }

    [Fact]
    public void Its_training_goes_on_from_a_checkpoint()
    {
        var (whole, halves) = (Create(), Create());
        var path = _folder["checkpoint"];
        var first = new Trainer(whole, s_corpus.Sequence, s_options);
        _ = first.Run(TestContext.Current.CancellationToken).First();
        first.SaveCheckpoint(path);
        _ = first.Run(TestContext.Current.CancellationToken).Last();

        var second = new Trainer(halves, s_corpus.Sequence, s_options);
        second.ResumeFrom(path);
        _ = second.Run(TestContext.Current.CancellationToken).Last();

        Assert.Equal(Weights(whole), Weights(halves));
        var other = new OwnModel(OwnModel.Sizes(s_corpus.Vocabulary.Count, depth: 3), new RandomStream(1, 0));
        var error = Assert.Throws<ModelFileException>(() =>
            new Trainer(other, s_corpus.Sequence, s_options).ResumeFrom(path)
        );
        Assert.Contains("it is of a training run with another model", error.Message);
    }

    [Fact]
    public void Without_a_function_that_makes_it_the_error_names_its_kind_and_the_way_out()
    {
        var error = Assert.Throws<ModelFileException>(() => TinyModel.Load(Save(Create())));

        Assert.Equal(
            "Cannot read the stream: its kind of model is \"skip-memory\" and this Recurrent knows only "
                + "rnn-scratch, rnn, rnn-relu, gru, gru-reset-before, lstm, mingru, minlstm; update Recurrent, or load it in the program that has this kind, "
                + "with TrainedModel.Load(path, create).",
            error.Message
        );
    }

    [Fact]
    public void A_model_that_the_function_makes_otherwise_is_refused()
    {
        var file = Save(Create());

        AssertRefused(
            configuration => OwnModel.Create(configuration with { HiddenSize = 5 }),
            "the skip-memory that was made for it has another configuration; "
                + "give the model the configuration that the function is given"
        );
        AssertRefused(
            configuration => new Other(configuration, new Parameter("w", Tensor.Zeros(2))),
            "it lacks the parameter w (2) of its model, which is skip-memory; "
                + "copy the file again or train the model again"
        );
        var table = new Parameter("embedding.weight", Tensor.Zeros(2));
        AssertRefused(
            configuration => new Other(configuration, table),
            $"its parameter embedding.weight has the shape ({s_corpus.Vocabulary.Count}, 6) and (2) by its "
                + "configuration; copy the file again or train the model again"
        );
        AssertRefused(
            configuration => new Other(configuration),
            "it holds a tensor \"embedding.weight\", which skip-memory has no use for; "
                + "copy the file again or train the model again"
        );

        void AssertRefused(Func<ModelConfiguration, ILanguageModel> create, string problem)
        {
            using var stream = new MemoryStream(file);
            var error = Assert.Throws<ModelFileException>(() => TrainedModel.Load(stream, create));
            Assert.Equal($"Cannot read the stream: {problem}.", error.Message);
        }
    }

    [Fact]
    public void A_model_with_two_parameters_of_one_name_is_not_saved()
    {
        var configuration = OwnModel.Sizes(s_corpus.Vocabulary.Count);
        foreach (var name in (string[])["w", "__metadata__"])
        {
            var model = new Other(
                configuration,
                new Parameter("w", Tensor.Zeros(2)),
                new Parameter(name, Tensor.Zeros(2))
            );
            var error = Assert.Throws<ModelFileException>(() => Save(model));
            Assert.Equal(
                $"Cannot write the stream: it would hold two entries called \"{name}\"; "
                    + "give each parameter a name of its own.",
                error.Message
            );
        }
    }

    [Theory]
    [InlineData("gru")]
    [InlineData("rnn-scratch")]
    public void A_kind_of_Recurrents_takes_no_options(string kind)
    {
        var configuration = OwnModel.Sizes(5) with { Kind = kind };

        var error = Assert.Throws<ArgumentException>(() =>
            LanguageModel.Create(configuration, RandomStream.Parameters(1))
        );

        Assert.StartsWith(
            $"The model {kind} does not take the option \"depth\"; leave Options out, or give a model of your own a kind "
                + "of its own.",
            error.Message
        );
    }

    [Fact]
    public void A_network_from_scratch_with_a_step_of_the_users_own_is_a_kind_of_its_own()
    {
        var configuration = new ModelConfiguration
        {
            Kind = "half-step",
            VocabularySize = s_corpus.Vocabulary.Count,
            HiddenSize = 4,
        };
        ILanguageModel Make(ModelConfiguration sizes) =>
            new RnnFromScratch(
                sizes,
                RandomStream.Parameters(2),
                step: (x, state, parameters) =>
                    RnnFromScratch.Step(x, new ModelState(state.Parts[0] * 0.5f), parameters)
            );
        var model = Make(configuration);

        using var stream = new MemoryStream(Save(model));
        var loaded = TrainedModel.Load(stream, Make).Model;

        Assert.Equal(Write(model), Write(loaded));
    }

    private static OwnModel Create() => new(OwnModel.Sizes(s_corpus.Vocabulary.Count), RandomStream.Parameters(5));

    private static byte[] Save(ILanguageModel model) => TinyModel.Save(new TrainedModel(model, s_corpus.Codec));

    private static float[] Weights(ILanguageModel model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    private static string Write(ILanguageModel model) =>
        new TextGenerator(model, s_corpus.Codec, SamplingOptions.Greedy).Generate("the ", 30);

    /// <summary>A model of parameters that do nothing.</summary>
    private sealed class Other(ModelConfiguration configuration, params Parameter[] parameters) : ILanguageModel
    {
        public ModelConfiguration Configuration => configuration;

        public IReadOnlyList<Parameter> Parameters => parameters;

        public ModelState InitialState(int batch) => throw new NotSupportedException();

        public (Tensor Logits, ModelState State) Forward(
            Indices tokens,
            ModelState state,
            RandomStream? dropout = null
        ) => throw new NotSupportedException();
    }
}
