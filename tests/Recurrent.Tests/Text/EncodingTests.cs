using System.Text;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

/// <summary>
/// The bytes were made by Python's codecs: <c>text.encode(name).hex()</c>, and the wrong ones checked with
/// <c>bytes.fromhex(hex).decode(name)</c>, whose error has the same start.
/// </summary>
public sealed class EncodingTests
{
    private const string Text = "naïve € — “day”\nsecond\n";

    [Theory]
    [InlineData("utf-8-sig", null, "efbbbf6e61c3af766520e282ac20e2809420e2809c646179e2809d0a7365636f6e640a")]
    [InlineData(
        "utf-16",
        null,
        "fffe6e006100ef00760065002000ac202000142020001c206400610079001d200a007300650063006f006e0064000a00"
    )]
    [InlineData(
        "utf-16-be with a mark",
        null,
        "feff006e006100ef00760065002020ac002020140020201c006400610079201d000a007300650063006f006e0064000a"
    )]
    [InlineData(
        "utf-32",
        null,
        "fffe00006e00000061000000ef000000760000006500000020000000ac2000002000000014200000200000001c2000006400000061000000790000001d2000000a0000007300000065000000630000006f0000006e000000640000000a000000"
    )]
    [InlineData(
        "utf-32-be with a mark",
        null,
        "0000feff0000006e00000061000000ef000000760000006500000020000020ac0000002000002014000000200000201c0000006400000061000000790000201d0000000a0000007300000065000000630000006f0000006e000000640000000a"
    )]
    [InlineData(
        "utf-16-le",
        "utf-16",
        "6e006100ef00760065002000ac202000142020001c206400610079001d200a007300650063006f006e0064000a00"
    )]
    [InlineData(
        "utf-16-be",
        "utf-16BE",
        "006e006100ef00760065002020ac002020140020201c006400610079201d000a007300650063006f006e0064000a"
    )]
    [InlineData("cp1252", "windows-1252", "6e61ef7665208020972093646179940a7365636f6e640a")]
    // A mark is obeyed in any case.
    [InlineData("utf-8-sig", "latin1", "efbbbf6e61c3af766520e282ac20e2809420e2809c646179e2809d0a7365636f6e640a")]
    public void Bytes_of_python_codecs_are_read(string codec, string? encoding, string hex)
    {
        var options = new CorpusOptions { Encoding = encoding is null ? null : Of(encoding) };
        var corpus = Corpus.FromBytes(Convert.FromHexString(hex), codec, options);
        Assert.Equal(Text, corpus.Codec.Decode(corpus.Tokens.Span));
        Assert.Equal(Corpus.FromText(Text).Hash, corpus.Hash);
    }

    [Theory]
    [InlineData("shift_jis", "春眠\n暁を覚えず", "8f7496b00a8bc582f08a6f82a682b8")]
    [InlineData("gb18030", "春眠\n不觉晓 😀", "b4bac3df0ab2bbbef5cffe209439fc36")]
    [InlineData("koi8-r", "Мельник\nпоёт", "edc5ccd8cec9cb0ad0cfa3d4")]
    [InlineData("iso-8859-1", "Früh\nübt sich", "4672fc680afc62742073696368")]
    public void Other_code_pages_are_read(string encoding, string text, string hex) =>
        Assert.Equal(text, Read(Convert.FromHexString(hex), encoding));

    [Theory]
    [InlineData("utf-8", "610a62c328", 3, 2)]
    [InlineData("utf-8", "610d0a620d0a63ff", 7, 3)]
    [InlineData("utf-8", "610d620d63ff", 5, 3)]
    [InlineData("utf-16", "61000a00620000dc6300", 6, 2)]
    [InlineData("utf-16", "fffe61000a00620000dc", 8, 2)]
    [InlineData("utf-16", "610062006300ff", 6, 1)]
    [InlineData("utf-32", "610000000a00000000001100", 8, 2)]
    [InlineData("us-ascii", "610a0a62e9", 4, 3)]
    [InlineData("shift_jis", "8f740a96b08120", 5, 2)]
    [InlineData("gb18030", "b4ba0ac3dfff", 5, 2)]
    public void A_wrong_byte_is_named_with_its_line_and_offset(string encoding, string hex, long offset, long line)
    {
        var bytes = Convert.FromHexString(hex);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var error = Assert.Throws<TextFormatException>(() => Read(bytes, encoding, size));
            Assert.Equal((TextProblem.WrongByte, offset, line), (error.Problem, error.Offset, error.Line));
        }
        var message = Assert.Throws<TextFormatException>(() => Read(bytes, encoding)).Message;
        Assert.StartsWith("the bytes is not ", message, StringComparison.Ordinal);
        Assert.Contains(
            $"byte 0x{bytes[offset]:X2} in line {line}, at offset {offset}",
            message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("gb18030")]
    public void In_parts_of_any_size_a_text_is_that_of_the_whole(string name)
    {
        var encoding = Of(name);
        Laws.Hold(
            from text in UnicodeText.Strings.Where(text =>
                text.Length > 0 && !text.Contains('\0') && text[0] != '\uFEFF'
            )
            from size in Gen.Choose(1, 9)
            select (text, size),
            drawn =>
            {
                var bytes = encoding.GetBytes(drawn.text);
                Assert.Equal(LineEndSink.Unify(encoding.GetString(bytes)), Read(bytes, name, drawn.size));
            }
        );
    }

    [Fact]
    public void The_same_lines_from_every_system_are_the_same_corpus() =>
        Laws.Hold(
            UnicodeText.Strings.Where(text => !text.Contains('\r')),
            text =>
            {
                var expected = Corpus.FromText(text);
                foreach (var end in (string[])["\r\n", "\r"])
                {
                    var corpus = Corpus.FromText(text.Replace("\n", end, StringComparison.Ordinal));
                    Assert.Equal(expected.Hash, corpus.Hash);
                    Assert.Equal(expected.Tokens.ToArray(), corpus.Tokens.ToArray());
                    Assert.Equal(expected.Vocabulary.Tokens, corpus.Vocabulary.Tokens);
                    Assert.Equal(expected.Tokens.ToArray(), corpus.Codec.EncodePrompt(text).Tokens.ToArray());
                }
            }
        );

    [Fact]
    public void Line_ends_that_are_kept_come_back()
    {
        const string text = "a\r\nb\rc\n";
        var corpus = Corpus.FromText(text, new CorpusOptions { LineEnds = LineEnds.Keep });
        Assert.Equal(text, corpus.Codec.Decode(corpus.Tokens.Span));
        Assert.Equal(text, corpus.Codec.Decode(corpus.Codec.EncodePrompt(text).Tokens.Span));
    }

    private static Encoding Of(string name) =>
        CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);

    private static string Read(byte[] bytes, string encoding, int size = int.MaxValue)
    {
        var numbers = new NumbersInMemory(max: null);
        var options = new CorpusOptions { Encoding = Of(encoding) };
        using var scan = new TextScan("the bytes", options, numbers);
        foreach (var part in bytes.Chunk(Math.Min(size, bytes.Length)))
        {
            scan.Add(part);
        }
        scan.End();
        return string.Concat(numbers.Kept.ToArray().Select(number => scan.Distinct.Tokens[number]));
    }
}
