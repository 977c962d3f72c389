using System.Text;
using FsCheck.Fluent;
using Recurrent.Text;

namespace Recurrent.Tests.Text;

public sealed class TextFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("recurrent-text-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("plain\n")]
    [InlineData("caf\u00E9, 日本語, 😀, \U0010FFFF, \u007F\u0080\u07FF\u0800\uFFFF\U00010000")]
    public void Reads_utf8_with_or_without_a_byte_order_mark(string text)
    {
        Assert.Equal(text, TextFile.Read(Save(Encoding.UTF8.GetBytes(text))));
        Assert.Equal(text, TextFile.Read(Save([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)])));
    }

    [Fact]
    public void Drops_only_one_byte_order_mark() =>
        Assert.Equal("\uFEFFa", TextFile.Decode([0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF, 0x61], "bytes"));

    [Theory]
    [InlineData(new byte[] { 0xE9 }, 0)] // Latin-1 é at the end
    [InlineData(new byte[] { 0x63, 0x61, 0x66, 0xE9, 0x20 }, 3)] // Latin-1 é within
    [InlineData(new byte[] { 0x61, 0xC3, 0xA9, 0x80 }, 3)] // a continuation byte that continues nothing
    [InlineData(new byte[] { 0x61, 0xC0, 0x80 }, 1)] // overlong zero
    [InlineData(new byte[] { 0x61, 0xC1, 0xBF }, 1)] // overlong, two bytes
    [InlineData(new byte[] { 0xE0, 0x80, 0xAF }, 0)] // overlong, three bytes
    [InlineData(new byte[] { 0xF0, 0x80, 0x80, 0xAF }, 0)] // overlong, four bytes
    [InlineData(new byte[] { 0xE2, 0x82, 0xAC, 0xED, 0xA0, 0x80 }, 3)] // a surrogate
    [InlineData(new byte[] { 0x61, 0xED, 0xBF, 0xBF }, 1)] // the last surrogate
    [InlineData(new byte[] { 0x61, 0x62, 0xF4, 0x90, 0x80, 0x80 }, 2)] // beyond U+10FFFF
    [InlineData(new byte[] { 0x61, 0xF5, 0x80, 0x80, 0x80 }, 1)] // a byte UTF-8 never uses
    [InlineData(new byte[] { 0x61, 0xE2, 0x82 }, 1)] // cut off at the end
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F, 0x98 }, 4)] // cut off at the end
    [InlineData(new byte[] { 0xE2, 0x82, 0x41 }, 0)] // cut off by a letter
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x61, 0xFF }, 4)] // counted from the byte order mark
    [InlineData(new byte[] { 0xEF, 0xBB }, 0)] // half a byte order mark
    public void Says_where_bytes_cease_to_be_utf8(byte[] bytes, int offset)
    {
        var error = Assert.Throws<TextFormatException>(() => TextFile.Decode(bytes, "notes.txt"));
        Assert.Equal(TextProblem.WrongByte, error.Problem);
        Assert.Equal(offset, error.Offset);
        Assert.Equal("notes.txt", error.Origin);
        Assert.StartsWith(
            $"notes.txt is not UTF-8: byte 0x{bytes[offset]:X2} in line 1, at offset {offset}, is invalid; give its enc",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_offset_ends_the_longest_part_that_is_utf8() =>
        Laws.Hold(
            Gen.Elements<byte>(0x41, 0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xA0, 0xE2, 0x82, 0xED, 0xF0, 0x9F, 0xF4, 0x90, 0xFF)
                .NonEmptyListOf(),
            list =>
            {
                byte[] bytes = [.. list];
                var expected = Enumerable
                    .Range(0, bytes.Length + 1)
                    .Last(length => System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length)));
                var error = Record.Exception(() => TextFile.Decode(bytes, "bytes")) as TextFormatException;
                Assert.Equal(expected, error?.Offset ?? bytes.Length);
            }
        );

    [Fact]
    public void Says_where_a_binary_file_has_its_first_zero()
    {
        var path = Save([0x61, 0xFF, 0x62, 0x00, 0x00]);
        var error = Assert.Throws<TextFormatException>(() => TextFile.Read(path));
        Assert.Equal(TextProblem.Binary, error.Problem);
        Assert.Equal(3, error.Offset);
        Assert.StartsWith(
            $"{path} is not text: it has a zero byte at offset 3; ",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF })]
    public void Refuses_an_empty_file(byte[] bytes)
    {
        var path = Save(bytes);
        var error = Assert.Throws<TextFormatException>(() => TextFile.Read(path));
        Assert.Equal(TextProblem.Empty, error.Problem);
        Assert.Equal($"{path} is empty; give a text with at least one character.", error.Message);
    }

    [Theory]
    [InlineData("missing.txt")]
    [InlineData("no/such/folder.txt")]
    public void Names_a_missing_file_in_full(string name)
    {
        var path = Path.Combine(_folder, name);
        var error = Assert.Throws<FileNotFoundException>(() => TextFile.Read(path));
        Assert.Equal($"There is no file {path}; check the path.", error.Message);
    }

    [Fact]
    public void Refuses_a_folder()
    {
        var error = Assert.Throws<IOException>(() => TextFile.Read(_folder));
        Assert.Equal($"{_folder} is a folder; give the path of a text file in it.", error.Message);
    }

    [Fact]
    public void Refuses_an_empty_path() => Assert.Throws<ArgumentException>(() => TextFile.Read(""));

    private string Save(byte[] bytes)
    {
        var path = Path.Combine(_folder, "text.txt");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
