using System.Text;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class DocumentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_are_one_text_with_an_empty_line_between_two()
    {
        string[] files =
        [
            Save("a.txt", "one"u8.ToArray()),
            Save("empty.txt", []),
            Save("b.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("zwö\r\n")]),
            Save("c.txt", [.. Encoding.UTF8.Preamble, .. "three\n"u8]),
        ];
        var corpus = Corpus.FromFiles(files, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("one\n\nzwö\n\nthree\n", corpus.Codec.Decode(corpus.Tokens.Span));
    }

    [Fact]
    public void The_encoding_is_that_of_each_file_and_not_of_the_whole()
    {
        string[] files =
        [
            Save("a.txt", Encoding.Latin1.GetBytes("Früh")),
            Save("b.txt", Encoding.Latin1.GetBytes("übt")),
        ];
        var options = new CorpusOptions { Encoding = Encoding.Latin1 };
        var corpus = Corpus.FromFiles(files, options, TestContext.Current.CancellationToken);
        Assert.Equal("Früh\n\nübt", corpus.Codec.Decode(corpus.Tokens.Span));
    }

    [Fact]
    public void A_file_that_is_not_text_is_named()
    {
        string[] files = [Save("a.txt", "a"u8.ToArray()), Save("b.gz", [0x1F, 0x8B, 0x08, 0x00])];
        var error = Assert.Throws<TextFormatException>(() =>
            Corpus.FromFiles(files, cancellationToken: TestContext.Current.CancellationToken)
        );
        Assert.Equal(
            $"{files[1]} is a gzip archive, not text; unpack it with gunzip, and give the text that is in it.",
            error.Message
        );
        files[1] = _folder["missing.txt"];
        Assert.Throws<FileNotFoundException>(() =>
            Corpus.FromFiles(files, cancellationToken: TestContext.Current.CancellationToken)
        );
    }

    [Theory]
    [InlineData("a\nb\nc\n", "a", "", "b\n", "c")]
    [InlineData("a\n\nb\nb\n\nc\nd\n", "a", "b\nb", "c", "d")]
    public void Documents_of_one_line_follow_each_other(string text, params string[] documents)
    {
        using var stream = Documents.Open(documents, new CorpusOptions());
        var corpus = Corpus.FromStream(stream, "it", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(text, corpus.Codec.Decode(corpus.Tokens.Span));
    }

    [Fact]
    public void One_file_is_read_as_it_is_alone() =>
        Laws.Hold(
            UnicodeText.Strings.Where(text => text.Length > 0 && !text.Contains('\0')),
            text =>
            {
                var file = Save("a.txt", Encoding.UTF8.GetBytes(text));
                var (alone, one) = (Corpus.FromFile(file), Corpus.FromFiles([file]));
                Assert.Equal(alone.Hash, one.Hash);
                Assert.Equal(alone.Tokens.ToArray(), one.Tokens.ToArray());
            }
        );

    private string Save(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder[name], bytes);
        return _folder[name];
    }
}
