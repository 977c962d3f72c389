using Recurrent.Ranges;

namespace Recurrent.Models.Counts;

/// <summary>
/// The n-grams of a token sequence by descending count: one token at a time (unigrams), two (bigrams) or three
/// (trigrams), each overlapping the next, as in chapter 8.3 of <em>Dive into Deep Learning</em>
/// (https://d2l.ai/chapter_recurrent-neural-networks/language-model.html).
/// </summary>
public sealed class NGrams
{
    private const int MaxN = 3;

    private NGrams(int n, IReadOnlyList<(ReadOnlyMemory<int> Tokens, int Count)> ranked)
    {
        N = n;
        Ranked = ranked;
        RankFrequency = [.. ranked.Select(ngram => ngram.Count)];
    }

    /// <summary>The number of tokens in each n-gram: 1, 2 or 3.</summary>
    public int N { get; }

    /// <summary>
    /// The distinct n-grams, most frequent first; of two equally frequent ones, the one seen earlier comes first. Each
    /// is the token indices, of shape (n), of its first occurrence, and the number of its occurrences.
    /// </summary>
    public IReadOnlyList<(ReadOnlyMemory<int> Tokens, int Count)> Ranked { get; }

    /// <summary>
    /// The rank–frequency series, of shape (number of distinct n-grams): position r - 1 holds the count of the
    /// n-gram of rank r. For natural language it is close to a straight line when both axes are logarithmic (Zipf's
    /// law).
    /// </summary>
    public IReadOnlyList<int> RankFrequency { get; }

    /// <summary>Counts the n-grams of a sequence.</summary>
    /// <param name="tokens">The token indices, of shape (length); a sequence shorter than n has no n-grams.</param>
    /// <param name="n">The number of tokens in each n-gram: 1, 2 or 3.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is not 1, 2 or 3.</exception>
    /// <example>
    /// <code>
    /// foreach (var (tokens, count) in NGrams.Count(corpus.Tokens, n: 2).Ranked.Take(10))
    /// {
    ///     Console.WriteLine($"{count} {corpus.Codec.Decode(tokens.Span)}");
    /// }
    /// </code>
    /// </example>
    public static NGrams Count(ReadOnlyMemory<int> tokens, int n)
    {
        Within.From(1, MaxN).Require("The length of n-grams", n, "count unigrams, bigrams or trigrams");

        var entries = new Dictionary<(int, int, int), int>();
        var starts = new List<int>(); // (distinct), the first occurrence of each
        var counts = new List<int>(); // (distinct)
        var span = tokens.Span;
        for (var start = 0; start + n <= span.Length; start++)
        {
            var key = (span[start], n > 1 ? span[start + 1] : 0, n > 2 ? span[start + 2] : 0);
            if (!entries.TryGetValue(key, out var entry))
            {
                entry = starts.Count;
                entries.Add(key, entry);
                starts.Add(start);
                counts.Add(0);
            }
            counts[entry]++;
        }

        // The sort is stable, so equally frequent n-grams stay in the order in which they first appeared.
        return new NGrams(
            n,
            [
                .. Enumerable
                    .Range(0, starts.Count)
                    .OrderByDescending(entry => counts[entry])
                    .Select(entry => (tokens.Slice(starts[entry], n), counts[entry])),
            ]
        );
    }
}
