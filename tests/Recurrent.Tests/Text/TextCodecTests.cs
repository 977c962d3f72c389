using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class TextCodecTests
{
    [Theory]
    [InlineData("characters")]
    [InlineData("words")]
    [InlineData("bytes")]
    public void Without_normalization_a_text_comes_back(string tokenizer)
    {
        var options = new CorpusOptions { LineEnds = LineEnds.Keep, Tokenizer = Tokenizer.FromName(tokenizer) };
        Laws.Hold(
            UnicodeText.Strings,
            text =>
            {
                var codec = Corpus.FromText(text, options).Codec;
                Assert.Equal(text, codec.Decode(codec.Encode(text)));
            }
        );
    }

    [Fact]
    public void Encodes_what_the_vocabulary_lacks_as_unknown()
    {
        var codec = Corpus.FromText("aab", CorpusOptions.Book).Codec;
        Assert.Equal([1, 2, 0, 1], codec.Encode("AB\nXa"));
        Assert.Equal("ab<unk>a", codec.Decode([1, 2, 0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => codec.Decode([3]));
    }

    [Fact]
    public void A_prompt_reports_each_unknown_token_once_and_in_order()
    {
        var codec = Corpus.FromText("the time traveller", CorpusOptions.Book).Codec;
        var prompt = codec.EncodePrompt("Time \u00E9z\u00E9! ");
        Assert.Equal(["\u00E9", "z", "!"], prompt.Unknown);
        Assert.Equal("time <unk><unk><unk><unk> ", codec.Decode(prompt.Tokens.Span));
        Assert.False(prompt.ImpliesSpace);
    }

    [Fact]
    public void An_empty_prompt_has_no_tokens()
    {
        var prompt = Corpus.FromText("abc").Codec.EncodePrompt("");
        Assert.True(prompt.Tokens.IsEmpty);
        Assert.Empty(prompt.Unknown);
        Assert.False(prompt.ImpliesSpace);
    }

    [Fact]
    public void A_prompt_of_words_may_end_in_a_space()
    {
        var codec = Corpus
            .FromText("the time traveller", CorpusOptions.Book with { Tokenizer = Tokenizer.Words })
            .Codec;
        var prompt = codec.EncodePrompt("Time Traveller ");
        Assert.Equal(codec.Vocabulary.Encode(["time", "traveller"]), prompt.Tokens.ToArray());
        Assert.Empty(prompt.Unknown);
        Assert.True(prompt.ImpliesSpace);
        Assert.False(codec.EncodePrompt("Time Traveller").ImpliesSpace);
    }

    [Fact]
    public void A_prompt_of_bytes_reports_unknown_bytes()
    {
        var codec = Corpus.FromText("abc", CorpusOptions.Book with { Tokenizer = Tokenizer.Bytes }).Codec;
        var prompt = codec.EncodePrompt("A\u00E9");
        Assert.Equal([1, 0, 0], prompt.Tokens.ToArray());
        Assert.Equal(["<0xC3>", "<0xA9>"], prompt.Unknown);
    }

    [Theory]
    [InlineData(LineJoin.Nothing)]
    [InlineData(LineJoin.Space)]
    public void Words_end_with_their_line_however_lines_are_joined(LineJoin lineJoin)
    {
        var options = CorpusOptions.Book with { Tokenizer = Tokenizer.Words, LineJoin = lineJoin };
        var corpus = Corpus.FromText("The Time\nMachine\n\n", options);
        Assert.Equal(["<unk>", "the", "time", "machine"], corpus.Vocabulary.Tokens);
        Assert.Equal("the time machine", corpus.Codec.Decode(corpus.Tokens.Span));
    }
}
