using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class ExcerptsTests
{
    private static readonly CorpusOptions s_asIs = new() { Normalization = Normalization.None };

    [Fact]
    public void Begin_with_a_word_of_each_part_and_end_after_one()
    {
        var corpus = Corpus.FromText("the quick brown fox jumps over the lazy dog");
        Assert.Equal(["the quick ", "over the "], Excerpts.Of(corpus, 2));
    }

    [Theory]
    [InlineData("Anna\n", "")] // a list
    [InlineData("2026-11-26 14:36:25 INFO GET /items/1 200\n", "")] // a log
    [InlineData("the tide went out\nand the boats lay still\n\n", "the tide ")] // paragraphs
    [InlineData("All:\nSpeak, speak.\n\n", "All:")] // verses
    public void Are_empty_where_each_line_is_an_entry(string part, string first)
    {
        var corpus = Corpus.FromText(string.Concat(Enumerable.Repeat(part, 50)), s_asIs);
        var prompts = Excerpts.PromptsOf(corpus, 2);
        Assert.Equal((2, first), (prompts.Count, prompts[0]));
        Assert.Equal(first.Length == 0, prompts[1].Length == 0);
    }

    [Fact]
    public void Are_cut_where_lines_are_few_or_paragraphs()
    {
        var few = string.Concat(Enumerable.Repeat("the miller sang\n", 19));
        var paragraphs = string.Concat(Enumerable.Repeat(new string('a', 201) + "\n", 50));
        Assert.Equal("the miller ", Excerpts.PromptsOf(Corpus.FromText(few, s_asIs), 1)[0]);
        Assert.Equal("aaaaaaaa", Excerpts.PromptsOf(Corpus.FromText(paragraphs, s_asIs), 1)[0]);
        Assert.Equal("", Excerpts.PromptsOf(Corpus.FromText(few + "a\n", s_asIs), 1)[0]);
    }

    [Theory]
    [InlineData("THE BOOK the miller sang the miller sang", "the miller ")]
    [InlineData("the miller THE BOOK sang the miller sang", "the miller ")]
    [InlineData("THE BOOK OF A TIDE", "")]
    public void Hold_no_token_that_the_vocabulary_lacks(string text, string first)
    {
        var options = s_asIs with { Tokenizer = Tokenizer.Words, MinFrequency = 2 };
        Assert.Equal(first, Excerpts.Of(Corpus.FromText(text, options), 1)[0]);
    }

    [Fact]
    public void Stay_on_one_line()
    {
        var corpus = Corpus.FromText("\n\n  To be,\nor not to be, that is the question", s_asIs);
        Assert.Equal(["To be,", "that is "], Excerpts.Of(corpus, 2));
    }

    [Fact]
    public void Are_eight_characters_where_no_white_space_parts_words()
    {
        var corpus = Corpus.FromText("春眠不觉晓处处闻啼鸟夜来风雨声花落知多少", s_asIs);
        Assert.Equal(["春眠不觉晓处处闻", "夜来风雨声花落知"], Excerpts.Of(corpus, 2));
    }

    [Fact]
    public void Split_no_character()
    {
        var corpus = Corpus.FromText("1234567\U0001F41F\U0001F41F\U0001F41F", s_asIs);
        Assert.Equal(["1234567"], Excerpts.Of(corpus, 1));
    }

    [Fact]
    public void Of_bytes_begin_with_a_whole_character()
    {
        var corpus = Corpus.FromText("aéééééééé", s_asIs with { Tokenizer = Tokenizer.Bytes });
        Assert.Equal(["aééééééé", "éééé"], Excerpts.Of(corpus, 2));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\n\n\n")]
    public void Are_empty_where_there_are_no_words(string text) =>
        Assert.Equal(["", ""], Excerpts.Of(Corpus.FromText(text, s_asIs), 2));

    [Fact]
    public void A_long_word_is_cut_and_a_short_text_is_whole()
    {
        Assert.Equal(["rindflei"], Excerpts.Of(Corpus.FromText("Rindfleischetikettierung", CorpusOptions.Book), 1));
        Assert.Equal(["ab cd"], Excerpts.Of(Corpus.FromText("ab cd"), 1));
    }

    [Fact]
    public void Refuses_a_count_below_one() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Excerpts.Of(Corpus.FromText("a"), 0));
}
