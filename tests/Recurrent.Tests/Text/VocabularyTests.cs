using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class VocabularyTests
{
    private static readonly string[] Tokens = ["b", "a", "c", "a", "d", "c", "a", "e"];

    [Fact]
    public void Tokens_are_ordered_by_descending_frequency_and_then_by_first_appearance()
    {
        var vocabulary = Vocabulary.Build(Tokens);
        Assert.Equal(["<unk>", "a", "c", "b", "d", "e"], vocabulary.Tokens);
        Assert.Equal([0, 3, 2, 1, 1, 1], vocabulary.Frequencies);
        Assert.Equal(6, vocabulary.Count);
    }

    [Fact]
    public void Reserved_tokens_follow_the_unknown_token_in_their_order()
    {
        string[] reserved = [Vocabulary.PaddingToken, Vocabulary.BeginningToken, Vocabulary.EndToken];
        var vocabulary = Vocabulary.Build(Tokens, reservedTokens: reserved);
        Assert.Equal(["<unk>", "<pad>", "<bos>", "<eos>", "a", "c", "b", "d", "e"], vocabulary.Tokens);
        Assert.Equal([0, 0, 0, 0, 3, 2, 1, 1, 1], vocabulary.Frequencies);
    }

    [Fact]
    public void A_text_that_holds_reserved_tokens_counts_them_where_they_stand()
    {
        var vocabulary = Vocabulary.Build(["<pad>", "x", "<unk>", "<pad>"], minFrequency: 3, reservedTokens: ["<pad>"]);
        Assert.Equal(["<unk>", "<pad>"], vocabulary.Tokens);
        Assert.Equal([2, 2], vocabulary.Frequencies);
    }

    [Fact]
    public void Rarer_tokens_than_the_minimum_are_unknown_and_counted_there()
    {
        var vocabulary = Vocabulary.Build(Tokens, minFrequency: 2);
        Assert.Equal(["<unk>", "a", "c"], vocabulary.Tokens);
        Assert.Equal([3, 3, 2], vocabulary.Frequencies);
        Assert.False(vocabulary.Contains("b"));
        Assert.Equal(0, vocabulary["b"]);
    }

    [Fact]
    public void Frequencies_are_how_often_each_index_encodes_the_text() =>
        Laws.Hold(
            from minimum in Gen.Choose(1, 4)
            from letters in Gen.Elements("a", "b", "c", "d", "e", "<unk>", "<pad>").ListOf()
            select (minimum, letters),
            drawn =>
            {
                var vocabulary = Vocabulary.Build(drawn.letters, drawn.minimum, reservedTokens: ["<pad>"]);
                var indices = vocabulary.Encode(drawn.letters);
                Assert.Equal(
                    Enumerable.Range(0, vocabulary.Count).Select(index => indices.LongCount(other => other == index)),
                    vocabulary.Frequencies
                );
                var ordinary = vocabulary.Frequencies.Skip(2);
                Assert.Equal(ordinary.OrderDescending(), ordinary);
            }
        );

    [Fact]
    public void Looks_up_in_both_directions_one_or_many()
    {
        var vocabulary = Vocabulary.Build(Tokens);
        Assert.Equal(2, vocabulary["c"]);
        Assert.Equal("c", vocabulary[2]);
        Assert.Equal(0, vocabulary["nowhere"]);
        Assert.Equal("<unk>", vocabulary[0]);
        Assert.Equal([3, 1, 0], vocabulary.Encode(["b", "a", "nowhere"]));
        Assert.Equal(["b", "a", "<unk>"], vocabulary.Decode([3, 1, 0]));
        Assert.Equal(Tokens, vocabulary.Decode(vocabulary.Encode(Tokens)));
        Assert.True(vocabulary.Contains("<unk>"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void An_index_out_of_range_is_refused(int index)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Vocabulary.Build(Tokens)[index]);
        Assert.Contains(
            $"The index is {index} and must be a whole number from 0 to 5",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => Vocabulary.Build(Tokens).Decode([index]));
    }

    [Fact]
    public void No_tokens_make_a_vocabulary_of_the_unknown_token() =>
        Assert.Equal(["<unk>"], Vocabulary.Build([]).Tokens);

    [Fact]
    public void A_stored_vocabulary_comes_back()
    {
        var built = Vocabulary.Build(Tokens, minFrequency: 2, reservedTokens: ["<pad>"]);
        var restored = new Vocabulary(built.Tokens, built.Frequencies);
        Assert.Equal(built.Tokens, restored.Tokens);
        Assert.Equal(built.Frequencies, restored.Frequencies);
        Assert.Equal(built.Encode(Tokens), restored.Encode(Tokens));
    }

    [Theory]
    [InlineData(new[] { "<unk>", "a" }, new long[] { 0 }, "There are 2 tokens and 1 frequencies")]
    [InlineData(new string[0], new long[0], "do not begin with \"<unk>\"")]
    [InlineData(new[] { "a", "<unk>" }, new long[] { 1, 0 }, "do not begin with \"<unk>\"")]
    [InlineData(new[] { "<unk>", "a", "b", "a" }, new long[] { 0, 1, 1, 1 }, "\"a\" is at indices 1 and 3")]
    [InlineData(new[] { "<unk>", null, "a" }, new long[] { 0, 1, 1 }, "The token at index 1 is empty")]
    [InlineData(new[] { "<unk>", "a", "" }, new long[] { 0, 1, 1 }, "The token at index 2 is empty")]
    [InlineData(new[] { "<unk>", "a" }, new long[] { 0, -4 }, "The frequency at index 1 is -4")]
    public void A_stored_vocabulary_that_is_not_one_is_refused(string?[] tokens, long[] frequencies, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => new Vocabulary(tokens!, frequencies));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "<pad>", "<pad>" }, "include \"<pad>\" twice")]
    [InlineData(new[] { "<unk>" }, "every vocabulary has at index 0")]
    [InlineData(new[] { "" }, "A reserved token is empty")]
    [InlineData(new string?[] { null }, "A reserved token is empty")]
    public void Reserved_tokens_are_checked(string?[] reserved, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => Vocabulary.Build([], reservedTokens: reserved!));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_maximum_size_keeps_the_most_frequent_and_counts_the_rest_as_unknown()
    {
        string[] tokens = ["d", "c", "b", "a", "b", "a", "a", "c"];
        var vocabulary = Vocabulary.Build(tokens, maxSize: 4, reservedTokens: ["<pad>"]);
        Assert.Equal(["<unk>", "<pad>", "a", "c"], vocabulary.Tokens); // c came before b
        Assert.Equal([3, 0, 3, 2], vocabulary.Frequencies);
        Assert.Equal(["<unk>", "a"], Vocabulary.Build(tokens, minFrequency: 3, maxSize: 9).Tokens);
    }

    [Fact]
    public void A_maximum_size_without_room_is_refused()
    {
        var small = Assert.Throws<ArgumentOutOfRangeException>(() => Vocabulary.Build([], maxSize: 1));
        Assert.Contains(
            "The maximum size is 1 and must be a whole number of at least 2",
            small.Message,
            StringComparison.Ordinal
        );
        var full = Assert.Throws<ArgumentException>(() =>
            Vocabulary.Build([], maxSize: 2, reservedTokens: ["<pad>", "<bos>"])
        );
        Assert.StartsWith("The maximum size is 2 and must be at least 3", full.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_minimum_frequency_below_one_is_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Vocabulary.Build([], minFrequency: 0));
        Assert.Contains(
            "The minimum frequency is 0 and must be a whole number of at least 1",
            error.Message,
            StringComparison.Ordinal
        );
    }
}
