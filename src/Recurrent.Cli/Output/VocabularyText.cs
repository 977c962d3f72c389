using Recurrent.Cli.Hosting;
using Recurrent.Models.Counts;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Cli.Output;

/// <summary>The tokens and n-grams of a text, in lines that fit a terminal of 40 columns.</summary>
internal static class VocabularyText
{
    private const int MaxN = 3;

    /// <summary>Returns the lines.</summary>
    /// <param name="name">The name of the text.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="top">The number of n-grams of each length to list.</param>
    public static IEnumerable<string> Of(string name, Corpus corpus, int top)
    {
        var unit = corpus.Codec.Tokenizer.Name;
        yield return PrintableText.OneLine($"{name}: {Sentences.Amount(corpus.Tokens.Length, unit)}");
        yield return $"vocabulary: {Sentences.Amount(corpus.Vocabulary.Count, "entries")}, "
            + $"{Vocabulary.UnknownToken} among them";
        var counts = Count(corpus);
        foreach (var ngrams in counts)
        {
            yield return "";
            yield return ngrams.N == 1 ? $"most frequent {unit}" : $"most frequent runs of {ngrams.N} {unit}";
            foreach (var line in MostFrequent(ngrams, corpus.Codec, top))
            {
                yield return line;
            }
        }
        yield return "";
        foreach (var line in RankFrequency(counts))
        {
            yield return line;
        }
    }

    /// <summary>Counts the n-grams of each length.</summary>
    public static IReadOnlyList<NGrams> Count(Corpus corpus)
    {
        var tokens = corpus.Tokens;
        return [.. Enumerable.Range(1, MaxN).Select(n => NGrams.Count(tokens, n))];
    }

    /// <summary>Returns the ranks to show: 1, 2, 5, 10, 20, 50, … without end.</summary>
    public static IEnumerable<long> Ranks()
    {
        for (var power = 1L; ; power *= 10)
        {
            yield return power;
            yield return 2 * power;
            yield return 5 * power;
        }
    }

    private static IEnumerable<string> MostFrequent(NGrams ngrams, TextCodec codec, int top)
    {
        var listed = ngrams.Ranked.Take(top).ToArray();
        var rankWidth = $"{listed.Length:#,0}".Length;
        var countWidth = listed.Length > 0 ? $"{listed[0].Count:#,0}".Length : 0;
        return listed.Select(
            (ngram, i) =>
                $"  {$"{i + 1:#,0}".PadLeft(rankWidth)}"
                + $"  {$"{ngram.Count:#,0}".PadLeft(countWidth)}  {Quoted(ngram, codec)}"
        );
    }

    // Bytes are shown one by one, because a run of them may begin or end in the middle of a character.
    private static string Quoted((ReadOnlyMemory<int> Tokens, int Count) ngram, TextCodec codec)
    {
        var tokens = ngram.Tokens.Span;
        return codec.Tokenizer == Tokenizer.Bytes
            ? string.Concat(codec.Vocabulary.Decode(tokens.ToArray()))
            : $"\"{PrintableText.OneLine(codec.Decode(tokens))}\"";
    }

    /// <summary>Returns the counts at ranks 1, 2, 5, 10, 20, 50, …, up to the number of distinct n-grams.</summary>
    private static IEnumerable<string> RankFrequency(IReadOnlyList<NGrams> counts)
    {
        yield return "frequency by rank";
        yield return Row("rank", counts.Select(ngrams => $"{ngrams.N}-grams"));
        var max = counts.Max(ngrams => ngrams.RankFrequency.Count);
        foreach (var rank in Ranks().TakeWhile(rank => rank <= max))
        {
            yield return Row(
                $"{rank:#,0}",
                counts.Select(ngrams =>
                    rank <= ngrams.RankFrequency.Count ? $"{ngrams.RankFrequency[(int)rank - 1]:#,0}" : "-"
                )
            );
        }
        yield return Row("distinct", counts.Select(ngrams => $"{ngrams.RankFrequency.Count:#,0}"));
    }

    private static string Row(string rank, IEnumerable<string> cells) =>
        $"{rank, 9}" + string.Concat(cells.Select(cell => $"{cell, 10}"));
}
