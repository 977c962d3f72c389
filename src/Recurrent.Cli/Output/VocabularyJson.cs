using Recurrent.Models.Counts;
using Recurrent.Text;

namespace Recurrent.Cli.Output;

/// <summary>
/// The tokens and n-grams of a text as one JSON object, with the figures of <see cref="VocabularyText"/>.
/// </summary>
internal static class VocabularyJson
{
    /// <summary>Prints the object.</summary>
    /// <param name="output">The writer to print to.</param>
    /// <param name="name">The name of the text.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="top">The number of n-grams of each length to list.</param>
    public static void Write(TextWriter output, string name, Corpus corpus, int top) =>
        JsonLine.Write(
            output,
            new
            {
                Text = name,
                Unit = corpus.Codec.Tokenizer.Name,
                Tokens = corpus.Sequence.Length,
                Vocabulary = corpus.Vocabulary.Count,
                corpus.Hash,
                NGrams = VocabularyText.Count(corpus).Select(ngrams => Of(ngrams, corpus.Vocabulary, top)),
            }
        );

    private static object Of(NGrams ngrams, Vocabulary vocabulary, int top) =>
        new
        {
            ngrams.N,
            Distinct = ngrams.Ranked.Count,
            MostFrequent = ngrams
                .Ranked.Take(top)
                .Select(ngram => new { Tokens = vocabulary.Decode(ngram.Tokens.ToArray()), ngram.Count }),
            FrequencyByRank = VocabularyText
                .Ranks()
                .TakeWhile(rank => rank <= ngrams.Ranked.Count)
                .Select(rank => new { Rank = rank, Count = ngrams.RankFrequency[(int)rank - 1] }),
        };
}
