using FsCheck.Fluent;
using Recurrent.Models.Counts;

namespace Recurrent.Tests.Models.Counts;

/// <summary>The counts against those of a dictionary of strings.</summary>
public sealed class NGramTrieTests
{
    // Tokens of up to 31 bits: 64 bits hold from two to all eight of an n-gram.
    private static FsCheck.Gen<(int[] Text, int Order)> Cases =>
        from largest in Gen.Elements(0, 1, 3, 200, 70_000, int.MaxValue)
        from different in Gen.Choose(1, 4)
        from length in Gen.Choose(0, 50)
        from text in Gen.ArrayOf(Gen.Choose(0, different - 1), length)
        from order in Gen.Choose(1, NGramModel.MaxOrder)
        select (text.Select(token => largest - Math.Min(token, largest)).ToArray(), order);

    [Fact]
    public void Counts_every_ngram_of_every_length() =>
        Laws.Hold(
            Cases,
            c =>
            {
                var windows = new SortedWindows(c.Text, c.Order);
                for (var order = 1; order <= c.Order; order++)
                {
                    var trie = new NGramTrie(windows, order);
                    for (var length = 1; length <= order; length++)
                    {
                        var expected = Windows(c.Text, length).CountBy(Join).ToDictionary();
                        Assert.Equal(expected.Count, trie.OfLength(length).Length);
                        Assert.Equal(expected.Count, windows.CountOf(length));
                        foreach (var window in Windows(c.Text, length))
                        {
                            var ngram = trie.OfLength(length)[PlaceOf(trie, window)];
                            var before = Windows(c.Text, length + 1).Where(one => one.AsSpan(1).SequenceEqual(window));
                            Assert.Equal(window[^1], ngram.Token);
                            Assert.Equal(
                                length == order ? expected[Join(window)] : before.DistinctBy(Join).Count(),
                                ngram.Count
                            );
                        }
                    }
                }
            }
        );

    [Fact]
    public void Comes_back_from_its_tables() =>
        Laws.Hold(
            Cases,
            c =>
            {
                int[] text = [.. c.Text.Select(token => Math.Min(token, int.MaxValue - 1))];
                var trie = new NGramTrie(new SortedWindows(text, c.Order), c.Order);
                var again = new NGramTrie(trie.ToTables(), c.Order, int.MaxValue);
                Assert.Equal(trie.Count, again.Count);
                for (var length = 0; length <= c.Order; length++)
                {
                    Assert.Equal(trie.OfLength(length).ToArray(), again.OfLength(length).ToArray());
                }
            }
        );

    [Fact]
    public void Two_texts_have_the_ngrams_of_both() =>
        Laws.Hold(
            from first in Cases
            from second in Gen.ArrayOf(Gen.Elements<int>([7, .. first.Text]), 30)
            select (First: first.Text, Second: second, first.Order),
            c =>
            {
                int[][] texts =
                [
                    .. new[] { c.First, c.Second }.Select(text =>
                        text.Select(token => Math.Min(token, int.MaxValue - 1)).ToArray()
                    ),
                ];
                var tries = texts.Select(text => new NGramTrie(new SortedWindows(text, c.Order), c.Order)).ToList();
                var both = tries[0].With(tries[1]);
                for (var length = 1; length <= c.Order; length++)
                {
                    var windows = texts.SelectMany(text => Windows(text, length)).ToList();
                    var expected = windows.CountBy(Join).ToDictionary();
                    Assert.Equal(expected.Count, both.OfLength(length).Length);
                    var longer = texts.SelectMany(text => Windows(text, length + 1)).DistinctBy(Join).ToList();
                    foreach (var window in windows)
                    {
                        Assert.Equal(
                            length == c.Order
                                ? expected[Join(window)]
                                : longer.Count(one => one.AsSpan(1).SequenceEqual(window)),
                            both.OfLength(length)[PlaceOf(both, window)].Count
                        );
                    }
                }
            }
        );

    [Fact]
    public void Finds_nothing_that_the_text_lacks()
    {
        var trie = new NGramTrie(new SortedWindows((int[])[3, 1, 4, 1, 5], 3), 3);
        Assert.True(PlaceOf(trie, [1, 4]) >= 0);
        Assert.Equal(-1, PlaceOf(trie, [1, 3]));
        Assert.Equal(-1, PlaceOf(trie, [2]));
    }

    private static int PlaceOf(NGramTrie trie, int[] ngram)
    {
        var place = 0;
        for (var length = 0; length < ngram.Length && place >= 0; length++)
        {
            place = trie.Find(length, trie.At(length, place), ngram[length]);
        }
        return place;
    }

    private static IEnumerable<int[]> Windows(int[] text, int length) =>
        Enumerable.Range(0, Math.Max(0, text.Length - length + 1)).Select(start => text[start..(start + length)]);

    private static string Join(int[] tokens) => string.Join(' ', tokens);
}
