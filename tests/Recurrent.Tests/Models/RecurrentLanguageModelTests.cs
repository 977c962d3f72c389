using Recurrent.Formats;
using Recurrent.Kernels.Cells;
using Recurrent.Layers;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Tensors;
using Recurrent.Tests.Tensors;
using Recurrent.Text;
using Recurrent.Training;

namespace Recurrent.Tests.Models;

public sealed class RecurrentLanguageModelTests
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        string.Concat(Enumerable.Repeat("the tide was out and the miller counted her sacks ", 10))
    );

    public static TheoryData<string> Kinds => ["rnn", "gru", "lstm"];

    private static ILanguageModel Model(string kind, int hidden = 20, Device? device = null) =>
        LanguageModel.Create(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = s_corpus.Vocabulary.Count,
                HiddenSize = hidden,
            },
            RandomStream.Parameters(1),
            device
        );

    [Theory]
    [InlineData("rnn", 1)]
    [InlineData("gru", 3)]
    [InlineData("lstm", 4)]
    public void Has_PyTorchs_parameters_and_initial_values(string kind, int gates)
    {
        var (vocabulary, rows) = (s_corpus.Vocabulary.Count, 20 * gates);
        var model = Model(kind);
        Assert.Equal(
            [
                $"rnn.weight_ih_l0 ({rows}, {vocabulary})",
                $"rnn.weight_hh_l0 ({rows}, 20)",
                $"rnn.bias_ih_l0 ({rows})",
                $"rnn.bias_hh_l0 ({rows})",
                $"linear.weight ({vocabulary}, 20)",
                $"linear.bias ({vocabulary})",
            ],
            model.Parameters.Select(parameter => $"{parameter.Name} {parameter.Value.Shape}")
        );
        foreach (var (_, value) in model.Parameters)
        {
            var bound = 1 / MathF.Sqrt(20);
            Assert.All(value.ToArray(), x => Assert.InRange(x, -bound, bound));
            Assert.True(value.ToArray().Max() > bound / 3 && value.ToArray().Min() < -bound / 3);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Looking_tokens_up_equals_multiplying_by_their_one_hot_vectors(string kind)
    {
        var model = Model(kind);
        int[] tokens = [1, 5, 2, 0, 3, 3];
        var (logits, state) = model.Forward(tokens, 2, model.InitialState(2));
        var layers = new RecurrentLayers(
            Cell.Named(kind),
            model.Configuration.Recurrent,
            [.. model.Parameters.SkipLast(2).Select(parameter => parameter.Value)]
        );
        var oneHot = Tensor.OneHot(TensorHelp.TimeMajor(tokens, 2), s_corpus.Vocabulary.Count);
        var (h, expected) = layers.Forward(oneHot, layers.ZeroState(2));
        var (weight, bias) = (model.Parameters[^2].Value, model.Parameters[^1].Value);
        AssertClose(Tensor.Linear(h.Reshape(6, 20), weight, bias), logits);
        Assert.All(expected.Zip(state.Parts), pair => AssertClose(pair.First, pair.Second));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Two_halves_with_the_state_carried_give_what_the_whole_gives(string kind)
    {
        var model = Model(kind);
        int[] tokens = [1, 2, 3, 4, 5, 6];
        var (whole, _) = model.Forward(tokens, 1, model.InitialState(1));
        var (first, middle) = model.Forward(tokens.AsSpan(0, 3), 1, model.InitialState(1));
        var (second, _) = model.Forward(tokens.AsSpan(3), 1, middle);
        float[] halves = [.. first.ToArray(), .. second.ToArray()];
        Assert.Equal(whole.ToArray(), halves);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Learns_a_repeated_text_and_comes_back_from_its_file(string kind)
    {
        var model = Model(kind, hidden: 48);
        var options = new TrainerOptions
        {
            BatchSize = 4,
            Steps = 20,
            Epochs = 120,
        };
        var report = new Trainer(model, s_corpus.Tokens, options).Run(TestContext.Current.CancellationToken).Last();
        Assert.InRange(report.Perplexity, 1.0, 1.2);
        using var folder = new TemporaryFolder();
        new TrainedModel(model, s_corpus.Codec, new TrainingSummary()).Save(folder["m.safetensors"]);
        var loaded = TrainedModel.Load(folder["m.safetensors"]).Model;
        Assert.Equal(kind, loaded.Configuration.Kind);
        int[] tokens = [1, 2, 3];
        var (expected, _) = model.Forward(tokens, 1, model.InitialState(1));
        Assert.Equal(expected.ToArray(), loaded.Forward(tokens, 1, loaded.InitialState(1)).Logits.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Parameters_are_the_same_bits_for_any_threads(string kind)
    {
        float[] Train(int threads)
        {
            var model = Model(kind, hidden: 33, device: new CpuDevice(threads));
            var options = new TrainerOptions
            {
                BatchSize = 5,
                Steps = 7,
                Epochs = 2,
            };
            _ = new Trainer(model, s_corpus.Tokens, options).Run(TestContext.Current.CancellationToken).Last();
            return [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];
        }
        var expected = Train(1);
        Assert.All([2, 3, 5], threads => Assert.Equal(expected, Train(threads)));
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected.ToArray()[i], actual.ToArray()[i], 1e-6f);
        }
    }
}
