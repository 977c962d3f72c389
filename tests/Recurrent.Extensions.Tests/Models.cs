using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Extensions.Tests;

internal static class Models
{
    private static readonly Corpus s_corpus = Corpus.FromText(
        "the tide was out\nand the miller sang\n",
        new CorpusOptions { Normalization = Normalization.None }
    );

    /// <summary>A model that has learned nothing, so that it writes all kinds of letters.</summary>
    public static TextModel Untrained { get; } =
        new(
            new TrainedModel(
                LanguageModel.Create("gru", s_corpus.Vocabulary.Count, hiddenSize: 12),
                s_corpus.Codec,
                new TrainingSummary { Text = "tide.txt" }
            )
        );
}
