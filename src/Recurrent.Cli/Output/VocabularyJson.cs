using Recurrent.Models.Counts;
using Recurrent.Text;

namespace Recurrent.Cli.Output;

/// <summary>
/// The tokens and n-grams of a text as one JSON object, with the figures of <see cref="VocabularyText"/>.
/// </summary>
internal sealed record VocabularyJson(
    string Text,
    string Unit,
    long Tokens,
    int Vocabulary,
    string Hash,
    IReadOnlyList<VocabularyJson.NGramLength> NGrams
)
{
    /// <summary>Prints the object.</summary>
    /// <param name="output">The writer to print to.</param>
    /// <param name="name">The name of the text.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="top">The number of n-grams of each length to list.</param>
    public static void Write(TextWriter output, string name, Corpus corpus, int top) =>
        JsonLine.Write(
            output,
            new VocabularyJson(
                name,
                corpus.Codec.Tokenizer.Name,
                corpus.Sequence.Length,
                corpus.Vocabulary.Count,
                corpus.Hash,
                [.. VocabularyText.Count(corpus).Select(ngrams => Of(ngrams, corpus.Vocabulary, top))]
            )
        );

    private static NGramLength Of(NGrams ngrams, Vocabulary vocabulary, int top) =>
        new(
            ngrams.N,
            ngrams.Ranked.Count,
            [
                .. ngrams
                    .Ranked.Take(top)
                    .Select(ngram => new FrequentNGram(vocabulary.Decode(ngram.Tokens.ToArray()), ngram.Count)),
            ],
            [
                .. VocabularyText
                    .Ranks()
                    .TakeWhile(rank => rank <= ngrams.Ranked.Count)
                    .Select(rank => new RankFrequency(rank, ngrams.RankFrequency[(int)rank - 1])),
            ]
        );

    /// <summary>The n-grams of one length.</summary>
    internal sealed record NGramLength(
        int N,
        int Distinct,
        IReadOnlyList<FrequentNGram> MostFrequent,
        IReadOnlyList<RankFrequency> FrequencyByRank
    );

    /// <summary>An n-gram and how often it occurs.</summary>
    internal sealed record FrequentNGram(IReadOnlyList<string> Tokens, long Count);

    /// <summary>How often the n-gram of a rank occurs.</summary>
    internal sealed record RankFrequency(long Rank, long Count);
}
