using Recurrent.Formats.PyTorch;
using Recurrent.Models;
using Recurrent.Tests.Tensors;

namespace Recurrent.Tests.Formats.PyTorch;

/// <summary>The entry of the unknown token moves, and the model computes the same.</summary>
public sealed class UnknownEntryTests
{
    [Theory]
    [InlineData(0, false, false)]
    [InlineData(4, false, false)]
    [InlineData(0, true, false)]
    [InlineData(6, true, true)]
    public void A_model_with_its_entry_moved_gives_the_same_logits(int embedding, bool bidirectional, bool tied)
    {
        const int V = 5,
            Unknown = 3;
        var configuration = new ModelConfiguration
        {
            Kind = "gru",
            VocabularySize = V,
            HiddenSize = 3,
            EmbeddingSize = embedding,
            Bidirectional = bidirectional,
            TiedWeights = tied,
        };
        var model = ExchangeCase.Model(configuration).Model;
        var (same, parameters) = UnknownEntry.MoveFirst(configuration, model.Parameters, Unknown);
        Assert.Equal(configuration, same);
        var moved = RecurrentLanguageModel.Restore(same, parameters);
        int[] tokens = [0, 3, 1, 4, 2, 3];
        int[] places =
        [
            .. tokens.Select(token =>
                token == Unknown ? 0
                : token < Unknown ? token + 1
                : token
            ),
        ];

        var expected = model.Forward(tokens, 1, model.InitialState(1)).Logits.ToArray();
        var actual = moved.Forward(places, 1, moved.InitialState(1)).Logits.ToArray();
        int[] order = [3, 0, 1, 2, 4];
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.Equal(expected[(i / V * V) + order[i % V]], actual[i]);
        }
    }
}
