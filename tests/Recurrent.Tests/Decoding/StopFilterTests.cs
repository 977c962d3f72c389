using FsCheck.Fluent;
using Recurrent.Decoding;

namespace Recurrent.Tests.Decoding;

public sealed class StopFilterTests
{
    [Theory]
    [InlineData("the end", "the ", "end")]
    [InlineData("aab", "a", "ab")]
    [InlineData("xaaab", "xa", "aab")] // "aa" was the beginning of the stop twice over
    [InlineData("no stop at all", "no stop at all", "zzz")]
    [InlineData("half a stop: en", "half a stop: en", "end")]
    [InlineData("abcd", "a", "bc", "abcde")]
    [InlineData("abcd", "", "bc", "abc")] // both are complete at once: the longer
    [InlineData("stop", "", "s")]
    public void Ends_before_the_first_stop_to_be_complete(string text, string expected, params string[] stops)
    {
        Assert.Equal(expected, Filter(stops, [text]));
        Assert.Equal(expected, Filter(stops, text.Select(character => $"{character}")));
    }

    [Fact]
    public void Never_shows_a_part_of_a_stop_and_holds_no_more_than_that()
    {
        var filter = new StopFilter(["end", "none"]);
        Assert.Equal(["a", "", "eb", "", "non"], new[] { "a", "e", "b", "non", "non" }.Select(filter.Append));
        Assert.Equal("", filter.Append("e"));
        Assert.True(filter.HasStopped);
        Assert.Equal("", filter.Append("more") + filter.Rest());
    }

    [Fact]
    public void Pieces_do_not_matter_and_no_stop_comes_through() =>
        Laws.Hold(
            from text in Gen.ArrayOf(Gen.Elements('a', 'b', 'c'), 30)
            from stop in Gen.ArrayOf(Gen.Elements('a', 'b', 'c'), 3)
            from size in Gen.Choose(1, 7)
            select (Text: new string(text), Stop: new string(stop), Size: size),
            c =>
            {
                var at = c.Text.IndexOf(c.Stop, StringComparison.Ordinal);
                var expected = at < 0 ? c.Text : c.Text[..at];
                var pieces = c.Text.Chunk(c.Size).Select(piece => new string(piece));
                Assert.Equal(expected, Filter([c.Stop], pieces));
            }
        );

    private static string Filter(string[] stops, IEnumerable<string> pieces)
    {
        var filter = new StopFilter(stops);
        return string.Concat([.. pieces.Select(filter.Append)]) + filter.Rest();
    }
}
