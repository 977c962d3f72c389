using System.Text;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class TokenizerTests
{
    [Theory]
    [InlineData("characters")]
    [InlineData("words")]
    [InlineData("bytes")]
    public void Joining_tokens_gives_the_text_back(string name)
    {
        var tokenizer = Tokenizer.FromName(name);
        Laws.Hold(UnicodeText.Strings, text => Assert.Equal(text, tokenizer.Join(tokenizer.Tokenize(text))));
    }

    [Theory]
    [InlineData("characters")]
    [InlineData("words")]
    [InlineData("bytes")]
    public void No_token_is_empty(string name) =>
        Laws.Hold(UnicodeText.Strings, text => Tokenizer.FromName(name).Tokenize(text).All(token => token.Length > 0));

    [Fact]
    public void Characters_are_scalar_values()
    {
        Assert.Equal(["a", "😀", "e", "\u0301", "字"], Tokenizer.Characters.Tokenize("a😀e\u0301字"));
        Assert.Equal(["a", "\uFFFD"], Tokenizer.Characters.Tokenize("a\uD83D"));
    }

    [Theory]
    [InlineData("the time traveller", new[] { "the", "time", "traveller" })]
    [InlineData("one  two", new[] { "one", "  ", "two" })]
    [InlineData("one\ntwo three", new[] { "one", "\n", "two", "three" })]
    [InlineData(" one ", new[] { " ", "one", " " })]
    [InlineData(" ", new[] { " " })]
    [InlineData("one\u3000two\u00A0three", new[] { "one", "\u3000", "two", "\u00A0", "three" })]
    [InlineData("one, two.", new[] { "one,", "two." })]
    [InlineData("", new string[0])]
    public void Words_keep_all_white_space_but_the_single_space_between_two(string text, string[] tokens) =>
        Assert.Equal(tokens, Tokenizer.Words.Tokenize(text));

    [Theory]
    [InlineData("time traveller ", new[] { "time", "traveller" })]
    [InlineData("time traveller", new[] { "time", "traveller" })]
    [InlineData("time\n", new[] { "time", "\n" })]
    [InlineData(" ", new[] { " " })]
    public void A_prompt_of_words_leaves_its_last_space_to_the_next_word(string prompt, string[] tokens) =>
        Assert.Equal(tokens, Tokenizer.Words.TokenizePrompt(prompt));

    [Fact]
    public void A_prompt_of_characters_or_bytes_is_split_like_any_text()
    {
        Assert.Equal(["a", " "], Tokenizer.Characters.TokenizePrompt("a "));
        Assert.Equal(["<0x61>", "<0x20>"], Tokenizer.Bytes.TokenizePrompt("a "));
    }

    [Fact]
    public void Bytes_are_those_of_utf8() =>
        Assert.Equal(["<0x41>", "<0xC3>", "<0xA9>", "<0x00>"], Tokenizer.Bytes.Tokenize("A\u00E9\0"));

    [Fact]
    public void Any_bytes_join_as_utf8_with_replacement_characters() =>
        Laws.Hold(
            Gen.Elements<byte>(
                    0x41,
                    0x80,
                    0xBF,
                    0xC0,
                    0xC3,
                    0xE0,
                    0xA0,
                    0xE2,
                    0x82,
                    0xAC,
                    0xED,
                    0xF0,
                    0x9F,
                    0xF4,
                    0x90,
                    0xFF
                )
                .ArrayOf(),
            bytes =>
                Assert.Equal(Encoding.UTF8.GetString(bytes), Tokenizer.Bytes.Join(bytes.Select(ByteTokenizer.TokenOf)))
        );

    [Fact]
    public void Other_tokens_join_as_their_literal_text()
    {
        Assert.Equal("a<unk>b", Tokenizer.Characters.Join(["a", "<unk>", "b"]));
        Assert.Equal("a <unk> b", Tokenizer.Words.Join(["a", "<unk>", "b"]));
        Assert.Equal(
            "\uFFFD<unk>A<0xZZ><0x 1>",
            Tokenizer.Bytes.Join(["<0xC3>", "<unk>", "<0x41>", "<0xZZ>", "<0x 1>"])
        );
    }

    [Fact]
    public void Tokenizers_go_by_their_names()
    {
        Assert.Same(Tokenizer.Characters, Tokenizer.FromName("characters"));
        Assert.Same(Tokenizer.Words, Tokenizer.FromName("words"));
        Assert.Same(Tokenizer.Bytes, Tokenizer.FromName("bytes"));
        Assert.Equal("words", Tokenizer.Words.ToString());
        var error = Assert.Throws<ArgumentException>(() => Tokenizer.FromName("Letters"));
        Assert.StartsWith(
            "There is no tokenizer \"Letters\"; choose characters, words or bytes.",
            error.Message,
            StringComparison.Ordinal
        );
    }
}
