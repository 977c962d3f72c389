using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class TokenJoinerTests
{
    [Theory]
    [InlineData("characters")]
    [InlineData("words")]
    [InlineData("bytes")]
    public void Pieces_are_well_formed_and_together_the_whole_text(string name)
    {
        var tokenizer = Tokenizer.FromName(name);
        Laws.Hold(
            UnicodeText.Strings,
            text =>
            {
                var joiner = tokenizer.CreateJoiner();
                string[] pieces = [.. tokenizer.Tokenize(text).Select(joiner.Append), joiner.Flush()];
                Assert.Equal(text, string.Concat(pieces));
                Assert.All(pieces, piece => Assert.True(IsWellFormed(piece), piece));
            }
        );
    }

    [Fact]
    public void Bytes_come_out_when_their_scalar_value_is_complete()
    {
        var joiner = Tokenizer.Bytes.CreateJoiner();
        Assert.Equal(
            ["A", "", "\u00E9", "", "", "", "😀"],
            Tokenizer.Bytes.Tokenize("A\u00E9😀").Select(joiner.Append)
        );
        Assert.Equal("", joiner.Flush());
    }

    [Fact]
    public void Bytes_that_can_become_no_character_come_out_as_soon_as_that_is_certain()
    {
        var joiner = Tokenizer.Bytes.CreateJoiner();
        Assert.Equal("", joiner.Append("<0xE2>"));
        Assert.Equal("\uFFFDA", joiner.Append("<0x41>"));
        Assert.Equal("\uFFFD", joiner.Append("<0xFF>"));
        Assert.Equal("", joiner.Append("<0xC3>"));
        Assert.Equal("\uFFFD", joiner.Append("<0xC3>"));
        Assert.Equal("\uFFFD", joiner.Flush());
    }

    [Fact]
    public void A_space_stands_before_every_word_but_the_first()
    {
        var joiner = Tokenizer.Words.CreateJoiner();
        Assert.Equal(["the", " time", "\n", "machine"], new[] { "the", "time", "\n", "machine" }.Select(joiner.Append));
    }

    [Theory]
    [InlineData("words", "one", "two", "two")]
    [InlineData("bytes", "<0xC3>", "<0xA9>", "\uFFFD")]
    public void Flushing_makes_ready_for_another_text(string name, string before, string after, string piece)
    {
        var joiner = Tokenizer.FromName(name).CreateJoiner();
        joiner.Append(before);
        joiner.Flush();
        Assert.Equal(piece, joiner.Append(after));
    }

    private static bool IsWellFormed(string text)
    {
        for (var place = 0; place < text.Length; place++)
        {
            if (char.IsHighSurrogate(text[place]) && place + 1 < text.Length && char.IsLowSurrogate(text[place + 1]))
            {
                place++;
            }
            else if (char.IsSurrogate(text[place]))
            {
                return false;
            }
        }
        return true;
    }
}
