using System.Text.RegularExpressions;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed partial class NormalizerTests
{
    [Theory]
    [InlineData("The Time Machine, by H. G. Wells [1898]", new[] { "the time machine by h g wells" })]
    [InlineData("  \"Indented--twice\"\t\n", new[] { "indented twice" })]
    [InlineData("one\ntwo\r\nthree\rfour", new[] { "one", "two", "three", "four" })]
    [InlineData("one\n\n\n * \n\ntwo\n", new[] { "one", "two" })]
    [InlineData("caf\u00E9 na\u00EFve", new[] { "caf na ve" })]
    [InlineData("\u212Aelvin, \u0130stanbul, \uFF21", new[] { "elvin stanbul" })] // no letters: look-alikes of K, I, A
    [InlineData("1898 – 2024", new string[0])]
    [InlineData("", new string[0])]
    public void Letters_keeps_one_segment_of_words_for_each_line(string text, string[] segments) =>
        Assert.Equal(segments, new Normalizer(Normalization.Letters).Normalize(text));

    [Theory]
    [InlineData("Hello,\nWorld", "hello world")]
    [InlineData("Hello,\nWorld.\n", "hello world ")]
    [InlineData("\n \"Hello\"\r\n\r\nWorld...", "hello world")]
    [InlineData("one\n\n\n * \n\ntwo\n\n", "one two ")]
    public void Joined_by_a_space_each_line_end_after_a_word_becomes_one(string text, string segment) =>
        Assert.Equal([segment], new Normalizer(Normalization.Letters, LineJoin.Space).Normalize(text));

    [Fact]
    public void Letters_agrees_with_the_regular_expression_of_the_chapter() =>
        Laws.Hold(
            UnicodeText.Strings,
            text =>
                new Normalizer(Normalization.Letters)
                    .Normalize(text)
                    .SequenceEqual(
                        LineEnd()
                            .Split(text)
                            .Select(line => OtherThanLetters().Replace(line, " ").Trim(' ').ToLowerInvariant())
                            .Where(line => line.Length > 0)
                    )
        );

    [Fact]
    public void Joined_by_a_space_two_texts_normalize_as_their_parts_do()
    {
        var normalizer = new Normalizer(Normalization.Letters, LineJoin.Space);
        Laws.Hold(
            from first in UnicodeText.Strings
            from second in UnicodeText.Strings
            select (First: first + "\n", Second: second),
            texts =>
                One(normalizer.Normalize(texts.First + texts.Second))
                == One(normalizer.Normalize(texts.First)) + One(normalizer.Normalize(texts.Second))
        );

        static string One(IReadOnlyList<string> segments) => segments.SingleOrDefault(string.Empty);
    }

    [Theory]
    [InlineData(LineJoin.Nothing)]
    [InlineData(LineJoin.Space)]
    public void None_keeps_every_character_in_one_segment(LineJoin lineJoin)
    {
        var normalizer = new Normalizer(Normalization.None, lineJoin, LineEnds.Keep);
        Assert.Empty(normalizer.Normalize(""));
        Laws.Hold(
            UnicodeText.Strings.Where(text => text.Length > 0),
            text => normalizer.Normalize(text).SequenceEqual([text])
        );
    }

    [Fact]
    public void A_prompt_under_letters_changes_in_nothing_but_capitals()
    {
        Assert.Equal(" the caf\u00C9, 2 ", new Normalizer(Normalization.Letters).NormalizePrompt(" The Caf\u00C9, 2 "));
        Assert.Equal("", new Normalizer(Normalization.Letters).NormalizePrompt(""));
    }

    [Fact]
    public void A_prompt_under_none_does_not_change() =>
        Assert.Equal(" The Caf\u00C9 ", new Normalizer(Normalization.None).NormalizePrompt(" The Caf\u00C9 "));

    [Fact]
    public void Values_outside_the_enumerations_are_refused()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new Normalizer((Normalization)7));
        Assert.Contains(
            "Normalization is 7 and must be Letters or None; choose one of these",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new Normalizer(Normalization.Letters) with
            {
                LineJoin = (LineJoin)(-1),
            }
        );
    }

    [GeneratedRegex("[^A-Za-z]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OtherThanLetters();

    [GeneratedRegex("\r\n|\r|\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineEnd();
}
