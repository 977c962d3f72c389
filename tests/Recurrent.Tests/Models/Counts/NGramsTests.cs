using FsCheck.Fluent;
using Recurrent.Models.Counts;

namespace Recurrent.Tests.Models.Counts;

public sealed class NGramsTests
{
    private static readonly int[] Tokens = [1, 2, 1, 2, 3, 1, 2];

    [Fact]
    public void Counts_overlapping_runs_and_ranks_them()
    {
        var bigrams = NGrams.Count(Tokens, 2);
        Assert.Equal(2, bigrams.N);
        Assert.Equal(
            [
                [1, 2],
                [2, 1],
                [2, 3],
                [3, 1],
            ],
            bigrams.Ranked.Select(ngram => ngram.Tokens.ToArray())
        );
        Assert.Equal([3, 1, 1, 1], bigrams.Ranked.Select(ngram => ngram.Count));
        Assert.Equal([3, 1, 1, 1], bigrams.RankFrequency);
    }

    [Fact]
    public void Agrees_with_grouping_the_runs() =>
        Laws.Hold(
            from n in Gen.Choose(1, 3)
            from tokens in Gen.Choose(-1, 3).ArrayOf()
            select (n, tokens),
            drawn =>
            {
                // GroupBy keeps groups in the order of their first elements, and OrderByDescending keeps it
                // among equals.
                var expected = Enumerable
                    .Range(0, Math.Max(0, drawn.tokens.Length - drawn.n + 1))
                    .Select(start => string.Join(',', drawn.tokens.Skip(start).Take(drawn.n)))
                    .GroupBy(run => run)
                    .Select(group => (Run: group.Key, Count: group.Count()))
                    .OrderByDescending(entry => entry.Count);
                var counted = NGrams
                    .Count(drawn.tokens, drawn.n)
                    .Ranked.Select(ngram => (Run: string.Join(',', ngram.Tokens.ToArray()), ngram.Count));
                Assert.Equal(expected, counted);
            }
        );

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 3)]
    [InlineData(2, 3)]
    public void A_sequence_shorter_than_n_has_none(int length, int n) =>
        Assert.Empty(NGrams.Count(new int[length], n).Ranked);

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Other_lengths_than_one_to_three_are_refused(int n)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => NGrams.Count(Tokens, n));
        Assert.Contains(
            $"The length of n-grams is {n} and must be a whole number from 1 to 3",
            error.Message,
            StringComparison.Ordinal
        );
    }
}
