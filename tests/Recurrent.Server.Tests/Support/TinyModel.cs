using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Server.Tests.Support;

/// <summary>Models that have learned nothing, far from zero, so that one token follows from another.</summary>
internal static class TinyModel
{
    private const string Source =
        "the tide was out and the miller counted her sacks 🙂 and sang a song of rye, née 漢字 🙃";

    /// <summary>Makes one of characters, bytes or words; whole texts, or lines.</summary>
    public static (string Name, TrainedModel Trained) Of(string tokens, bool hasLines = true)
    {
        var corpus = Corpus.FromText(
            hasLines ? $"{Source}\n{Source}\n" : Source,
            new CorpusOptions { Tokenizer = Tokenizer.FromName(tokens), Normalization = Normalization.None }
        );
        var configuration = new ModelConfiguration
        {
            Kind = "lstm",
            VocabularySize = corpus.Vocabulary.Count,
            HiddenSize = 9,
        };
        var model = LanguageModel.Create(configuration, RandomStream.Parameters(3));
        foreach (var (_, value) in model.Parameters)
        {
            value.Write(Array.ConvertAll(value.ToArray(), weight => weight * 4));
        }
        return (tokens, new TrainedModel(model, corpus.Codec));
    }
}
