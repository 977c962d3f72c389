using Recurrent.Formats.PyTorch;
using Recurrent.Formats.Safetensors;
using Recurrent.Models;

namespace Recurrent.Tests.Formats.PyTorch;

/// <summary>The model that a state dictionary is of, by the shapes of its tensors alone.</summary>
public sealed class StateDictionaryTests
{
    [Theory]
    [InlineData("mingru", 2)]
    [InlineData("minlstm", 3)]
    public void A_cell_without_recurrent_weights_is_told_by_the_output(string kind, int gates)
    {
        const int V = 5,
            H = 4,
            E = 3;
        var dictionary = StateDictionary.Of(
            Entries(
                ("emb.weight", [V, E]),
                ("net.weight_ih_l0", [gates * H, E]),
                ("net.bias_ih_l0", [gates * H]),
                ("net.weight_ih_l0_reverse", [gates * H, E]),
                ("net.bias_ih_l0_reverse", [gates * H]),
                ("net.weight_ih_l1", [gates * H, 2 * H]),
                ("fc.weight", [V, 2 * H]),
                ("fc.bias", [V])
            ),
            "way out"
        );

        Assert.Equal(
            new ModelConfiguration
            {
                Kind = kind,
                VocabularySize = V,
                HiddenSize = H,
                Layers = 2,
                Bidirectional = true,
                EmbeddingSize = E,
            },
            dictionary.Configuration
        );
    }

    [Fact]
    public void A_tied_output_tells_it_too()
    {
        const int V = 5,
            H = 4;
        var dictionary = StateDictionary.Of(
            Entries(
                ("embedding.weight", [V, H]),
                ("rnn.weight_ih_l0", [2 * H, H]),
                ("rnn.bias_ih_l0", [2 * H]),
                ("linear.bias", [V])
            ),
            "way out"
        );

        Assert.Equal(("mingru", H, true), Facts(dictionary.Configuration));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(0)]
    public void Gates_that_no_cell_has_are_refused(int rows)
    {
        var error = Assert.Throws<FormatError>(() =>
            StateDictionary.Of(Entries(("weight_ih_l0", [rows, 9]), ("fc.weight", [5, 4]), ("fc.bias", [5])), "way out")
        );

        Assert.Equal(
            $"its tensor \"weight_ih_l0\" has the shape ({rows}, 9), and with the output's 4 hidden units "
                + "(8, I) or (12, I) is that of a minGRU or minLSTM; way out",
            error.Message
        );
    }

    [Theory]
    [InlineData(
        "rnn.weight_hr_l0",
        "belongs to an nn.LSTM with proj_size, which projects its output as no cell here does"
    )]
    [InlineData("norm.weight", "belongs to a normalisation such as nn.LayerNorm, which no model here has")]
    [InlineData("fc.weight_g", "belongs to a weight under weight_norm, which is computed from two others")]
    [InlineData(
        "mix.in_proj_weight",
        "belongs to nn.MultiheadAttention, which a recurrent language model here does not have"
    )]
    public void A_module_that_makes_it_another_model_is_refused_by_its_name(string name, string problem)
    {
        var error = Assert.Throws<FormatError>(() => Of([.. s_plain, (name, [4])]));
        Assert.StartsWith($"its tensor \"{name}\" {problem}; ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_modules_of_a_kind_are_refused_with_what_they_are()
    {
        Assert.Equal(
            "it holds 2 recurrent modules, \"rnn\" and \"top\" among them, and a model has one; where the second reads "
                + "the first's output, give its tensors the first's names with the number of the next layer, such as "
                + "rnn.weight_hh_l1",
            Assert.Throws<FormatError>(() => Of([.. s_plain, ("top.weight_hh_l0", [16, 4])])).Message
        );
        Assert.Equal(
            "it holds 2 linear modules, \"fc\" and \"top\" among them, and a model has one, from the recurrent module's "
                + "output to the logits; way out",
            Assert.Throws<FormatError>(() => Of([.. s_plain, ("top.weight", [5, 5]), ("top.bias", [5])])).Message
        );
    }

    [Fact]
    public void An_LSTMCell_is_an_LSTM_of_one_layer()
    {
        var dictionary = Of(
            ("emb.weight", [5, 3]),
            ("cell.weight_ih", [16, 3]),
            ("cell.weight_hh", [16, 4]),
            ("fc.weight", [5, 4]),
            ("fc.bias", [5])
        );
        Assert.Equal(("lstm", 4, false), Facts(dictionary.Configuration));
        var shapes = RecurrentLanguageModel.ParameterShapes(dictionary.Configuration);
        Assert.Equal(
            ["emb.weight", "cell.weight_ih", "cell.weight_hh", "cell.bias_ih", "cell.bias_hh", "fc.weight", "fc.bias"],
            shapes.Select(dictionary.NameOf)
        );
        Assert.Equal(
            ["rnn.bias_ih_l0", "rnn.bias_hh_l0"],
            shapes.Where(dictionary.IsZeros).Select(shape => shape.Name)
        );
    }

    [Theory]
    [InlineData("a", 3, "b", 4, "b")] // by the columns
    [InlineData("a", 4, "b", 3, "a")]
    [InlineData("a", 4, "embed", 4, "a")] // by the name
    [InlineData("wte", 4, "head", 4, "head")]
    public void Without_a_bias_the_output_is_told_by_columns_or_name(
        string one,
        int columns,
        string other,
        int others,
        string output
    )
    {
        var input = Math.Min(columns, others);
        var dictionary = Of(
            ($"{one}.weight", [5, columns]),
            ($"{other}.weight", [5, others]),
            ("rnn.weight_ih_l0", [16, input]),
            ("rnn.weight_hh_l0", [16, 4])
        );
        Assert.Equal(
            ($"{output}.weight", input),
            (dictionary.NameOf(new("linear.weight", default)), dictionary.Configuration.EmbeddingSize)
        );
    }

    [Fact]
    public void Without_a_bias_what_cannot_be_told_is_refused() =>
        Assert.Equal(
            "its tensors \"a.weight\" and \"b.weight\" have one shape, so that the embedding cannot be told from the "
                + "output; call the embedding's module embedding",
            Assert
                .Throws<FormatError>(() =>
                    Of(
                        ("a.weight", [5, 4]),
                        ("b.weight", [5, 4]),
                        ("rnn.weight_ih_l0", [16, 4]),
                        ("rnn.weight_hh_l0", [16, 4])
                    )
                )
                .Message
        );

    [Fact]
    public void Without_a_bias_one_matrix_is_an_output_or_a_tied_embedding()
    {
        var output = Of(("fc.weight", [5, 4]), ("rnn.weight_ih_l0", [16, 5]), ("rnn.weight_hh_l0", [16, 4]));
        var tied = Of(("fc.weight", [5, 4]), ("rnn.weight_ih_l0", [16, 4]), ("rnn.weight_hh_l0", [16, 4]));
        Assert.Equal((0, false), (output.Configuration.EmbeddingSize, output.Configuration.TiedWeights));
        Assert.Equal((4, true), (tied.Configuration.EmbeddingSize, tied.Configuration.TiedWeights));
    }

    [Fact]
    public void The_nonlinearity_is_an_RNNs_alone()
    {
        (string, long[])[] rnn = [("rnn.weight_ih_l0", [4, 5]), ("rnn.weight_hh_l0", [4, 4]), ("fc.weight", [5, 4])];
        Assert.Equal("rnn-relu", StateDictionary.Of(Entries(rnn), "way out", "relu").Configuration.Kind);
        Assert.False(StateDictionary.Of(Entries(rnn), "way out").TellsNonlinearity);
        var error = Assert.Throws<FormatError>(() => StateDictionary.Of(Entries(s_plain), "way out", "tanh"));
        Assert.Equal(
            "its recurrent module is of kind lstm, which has no choice of nonlinearity; leave the nonlinearity out",
            error.Message
        );
    }

    private static readonly (string, long[])[] s_plain =
    [
        ("rnn.weight_ih_l0", [16, 5]),
        ("rnn.weight_hh_l0", [16, 4]),
        ("fc.weight", [5, 4]),
        ("fc.bias", [5]),
    ];

    private static StateDictionary Of(params (string, long[])[] tensors) =>
        StateDictionary.Of(Entries(tensors), "way out");

    private static (string, int, bool) Facts(ModelConfiguration configuration) =>
        (configuration.Kind, configuration.HiddenSize, configuration.TiedWeights);

    private static TensorEntry[] Entries(params (string Name, long[] Shape)[] tensors) =>
        [.. tensors.Select(tensor => new TensorEntry(tensor.Name, TensorType.Float32, tensor.Shape, 0, 0))];
}
