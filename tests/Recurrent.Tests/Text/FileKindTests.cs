using System.IO.Compression;
using System.Text;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class FileKindTests
{
    [Theory]
    [InlineData("%PDF-1.7\n", "a PDF document")]
    [InlineData("\u0089PNG\r\n\u001A\n", "a PNG image")]
    [InlineData("\u00FF\u00D8\u00FF\u00E0", "a JPEG image")]
    [InlineData("\u00D0\u00CF\u0011\u00E0", "a document of an older Office")]
    [InlineData("\u00FD7zXZ\0", "an xz archive")]
    [InlineData("(\u00B5/\u00FD", "a zstd archive")]
    [InlineData("\u007FELF", "a program")]
    [InlineData("SQLite format 3\0", "an SQLite database")]
    [InlineData("\u0093NUMPY\u0001", "a file of numbers or tables")]
    [InlineData("T\0h\0e\0 \0t\0i\0d\0e\0", "UTF-16 without a byte order mark")]
    [InlineData("\0T\0h\0e\0 \0t\0i\0d\0e", "UTF-16 without a byte order mark")]
    [InlineData("@\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"recurrent\"", "a model file")]
    [InlineData(
        "@\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"recurrent-checkpoint\"",
        "a checkpoint of a training run"
    )]
    [InlineData("@\0\0\0\0\0\0\0{\"weight\":{", "a safetensors file")]
    [InlineData("The tide was out.", null)]
    [InlineData("PK", null)]
    [InlineData("", null)]
    public void A_file_is_told_by_its_beginning(string beginning, string? name) =>
        Assert.Equal(name, FileKind.Of(Encoding.Latin1.GetBytes(beginning))?.Name);

    [Theory]
    [InlineData("word/document.xml", "a Word document")]
    [InlineData("xl/workbook.xml", "an Excel workbook")]
    [InlineData("archive/data.pkl", "a file of PyTorch weights")]
    [InlineData("story.txt", "a zip archive")]
    public void A_zip_archive_is_told_by_its_entries(string entry, string name)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntry(entry);
        }
        Assert.Equal(
            name,
            FileKind.Of(stream.ToArray().AsSpan(0, Math.Min(FileKind.Length, (int)stream.Length)))?.Name
        );
    }

    [Fact]
    public void What_is_text_may_begin_as_it_likes()
    {
        foreach (var text in (string[])["%PDF- is how it begins", "BM", "MZ", "II*", "GIF8"])
        {
            var corpus = Corpus.FromBytes(Encoding.UTF8.GetBytes(text), "it");
            Assert.Equal(text, corpus.Codec.Decode(corpus.Tokens.Span));
        }
    }

    [Fact]
    public void A_text_given_as_a_model_is_called_a_text()
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes("The tide was out, and the miller sang."));
        var error = Assert.Throws<Recurrent.Formats.ModelFileException>(() =>
            Recurrent.Formats.TrainedModel.Load(text)
        );
        Assert.Contains("it is a text, not a safetensors file", error.Message, StringComparison.Ordinal);
    }
}
