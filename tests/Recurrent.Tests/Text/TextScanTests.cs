using System.Text;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>However a text is cut into parts, it is what it is as a whole.</summary>
public sealed class TextScanTests
{
    public static TheoryData<string, Normalization, LineJoin, LineEnds> Codecs { get; } =
        new(
            from tokenizer in new[] { "characters", "words", "bytes" }
            from normalization in Enum.GetValues<Normalization>()
            from lineJoin in Enum.GetValues<LineJoin>()
            from lineEnds in Enum.GetValues<LineEnds>()
            select (tokenizer, normalization, lineJoin, lineEnds)
        );

    [Theory]
    [MemberData(nameof(Codecs))]
    public void In_parts_of_any_size_the_tokens_are_those_of_the_whole(
        string tokenizer,
        Normalization normalization,
        LineJoin lineJoin,
        LineEnds lineEnds
    )
    {
        var options = new CorpusOptions
        {
            Tokenizer = Tokenizer.FromName(tokenizer),
            Normalization = normalization,
            LineJoin = lineJoin,
            LineEnds = lineEnds,
        };
        Laws.Hold(
            from text in UnicodeText.Strings.Where(text => text.Length > 0 && !text.Contains('\0'))
            from marked in Gen.Elements(true, false)
            from sizes in Gen.Choose(1, 7).NonEmptyListOf()
            select (text, marked, sizes),
            drawn =>
            {
                byte[] bytes = [.. drawn.marked ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(drawn.text)];
                var whole = TextCodec.Split(drawn.text, options.Normalizer, options.Tokenizer);
                var expected = options.IsRaw ? bytes.Select(ByteTokenizer.TokenOf) : whole;
                Assert.Equal(expected, Scan(bytes, options, drawn.sizes));
            }
        );
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_string_need_not_be_well_formed(
        string tokenizer,
        Normalization normalization,
        LineJoin lineJoin,
        LineEnds lineEnds
    )
    {
        var options = new CorpusOptions
        {
            Tokenizer = Tokenizer.FromName(tokenizer),
            Normalization = normalization,
            LineJoin = lineJoin,
            LineEnds = lineEnds,
        };
        Laws.Hold(
            Gen.Elements('a', ' ', '\n', '\r', '\uD83D', '\uDE00', '\uFFFD', '\0').ListOf().Select(string.Concat),
            text =>
            {
                var corpus = Corpus.FromText(text, options);
                Assert.Equal(
                    TextCodec.Split(text, corpus.Codec.Normalizer, options.Tokenizer),
                    corpus.Vocabulary.Decode(corpus.Tokens.ToArray())
                );
            }
        );
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0xFF, 0x62 }, nameof(TextProblem.WrongByte), 1)]
    [InlineData(new byte[] { 0xE6, 0x97, 0xA5, 0xE6, 0x97 }, nameof(TextProblem.WrongByte), 3)] // cut short
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x61, 0xC0, 0x80 }, nameof(TextProblem.WrongByte), 4)]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, nameof(TextProblem.WrongByte), 0)] // half a surrogate pair
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98, 0x61 }, nameof(TextProblem.WrongByte), 0)]
    [InlineData(new byte[] { 0x61, 0xFF, 0x62, 0x00, 0x00 }, nameof(TextProblem.Binary), 3)]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF }, nameof(TextProblem.Empty), 0)]
    [InlineData(new byte[] { }, nameof(TextProblem.Empty), 0)]
    [InlineData(new byte[] { 0xEF, 0xBB }, nameof(TextProblem.WrongByte), 0)]
    public void What_is_no_text_is_refused_at_the_same_byte_however_it_is_cut(byte[] bytes, string problem, long offset)
    {
        for (var size = 1; size <= Math.Max(bytes.Length, 1); size++)
        {
            var error = Assert.Throws<TextFormatException>(() => Scan(bytes, new(), [size]));
            Assert.Equal((problem, offset), (error.Problem.ToString(), error.Offset));
        }
    }

    [Fact]
    public void A_wrong_byte_is_found_where_it_is_in_a_long_text()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("日a", 50_000))), 0xFF, 0x61];
        var error = Assert.Throws<TextFormatException>(() => Corpus.FromBytes(bytes, "it"));
        Assert.Equal(200_000, error.Offset);
        error = Assert.Throws<TextFormatException>(() => Scan(bytes, new(), [4099]));
        Assert.Equal(200_000, error.Offset);
    }

    private static IEnumerable<string> Scan(byte[] bytes, CorpusOptions options, List<int> sizes)
    {
        var numbers = new NumbersInMemory(max: null);
        using var scan = new TextScan("the bytes", options, numbers);
        for (var (start, part) = (0, 0); start < bytes.Length; part++)
        {
            var size = Math.Min(sizes[part % sizes.Count], bytes.Length - start);
            scan.Add(bytes.AsSpan(start, size));
            start += size;
        }
        scan.End();
        int[] same = [.. Enumerable.Range(0, scan.Distinct.Tokens.Count)];
        return numbers.Map(same).Select(number => scan.Distinct.Tokens[number]);
    }
}
