using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>Which tokens words are made of.</summary>
public sealed class WordLettersTests
{
    [Theory]
    [InlineData("don't say “naïve” ever again_1: it's over. ", "'1_adeginorstvyï")]
    [InlineData("да, нет: да", "адент")]
    [InlineData("臣聞地廣者粟多，國大者人眾。", "")]
    [InlineData("สวัสดีชาวโลก ", "")]
    [InlineData("ab", "")] // one word, and no end of it
    [InlineData("12, 13; 14: 15", "12345")]
    [InlineData("- - - a", "")]
    public void Words_are_of_letters_digits_marks_and_apostrophes_where_a_text_has_words(string text, string letters)
    {
        var vocabulary = Corpus.FromText(text).Vocabulary;
        var found = vocabulary.Letters.Select(index => vocabulary[index]).Order(StringComparer.Ordinal);
        Assert.Equal(letters, string.Concat(found));
    }

    [Fact]
    public void Of_bytes_they_are_those_of_ascii_and_all_beyond_and_words_are_no_letters()
    {
        var bytes = VocabularyOf("é a, b; c", Tokenizer.Bytes);
        Assert.Equal(
            ["<0x61>", "<0x62>", "<0x63>", "<0xA9>", "<0xC3>"],
            bytes.Letters.Select(index => bytes[index]).Order(StringComparer.Ordinal)
        );
        Assert.Empty(VocabularyOf("a word and a word", Tokenizer.Words).Letters);

        static Vocabulary VocabularyOf(string text, Tokenizer tokenizer) =>
            Corpus.FromText(text, new() { Tokenizer = tokenizer }).Vocabulary;
    }
}
