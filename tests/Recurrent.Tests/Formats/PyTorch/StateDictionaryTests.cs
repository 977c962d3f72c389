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

    private static (string, int, bool) Facts(ModelConfiguration configuration) =>
        (configuration.Kind, configuration.HiddenSize, configuration.TiedWeights);

    private static TensorEntry[] Entries(params (string Name, long[] Shape)[] tensors) =>
        [.. tensors.Select(tensor => new TensorEntry(tensor.Name, tensor.Shape, 0, 0))];
}
