using System.Buffers;
using System.Text.Unicode;

namespace Recurrent.Text;

/// <summary>
/// Reads text that is UTF-8, with or without a byte order mark, and says exactly what is wrong where it is
/// not.
/// </summary>
public static class TextFile
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file of UTF-8 text.</summary>
    /// <param name="path">The file's path.</param>
    /// <returns>The text, without a byte order mark; never empty.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not permitted.</exception>
    /// <exception cref="TextFormatException">The file is empty, binary, or not UTF-8.</exception>
    public static string Read(string path) => Decode(ReadBytes(path), path);

    /// <summary>Reads all bytes of a file, whatever they mean.</summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading the file is not permitted.</exception>
    public static byte[] ReadBytes(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder; give the path of a text file in it.");
        }
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException(
                $"There is no file {Path.GetFullPath(path)}; check the path.",
                path,
                exception
            );
        }
    }

    /// <summary>Decodes UTF-8 text.</summary>
    /// <param name="bytes">The text's bytes, with or without a byte order mark.</param>
    /// <param name="origin">
    /// What error messages call the bytes: a path, or words such as "the standard input".
    /// </param>
    /// <returns>The text, without a byte order mark; never empty.</returns>
    /// <exception cref="TextFormatException">The bytes are empty, binary, or not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string origin)
    {
        ArgumentNullException.ThrowIfNull(origin);
        var start = bytes.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        if (bytes.Length == start)
        {
            throw TextFormatException.Empty(origin);
        }
        var zero = bytes.IndexOf((byte)0);
        if (zero >= 0)
        {
            throw TextFormatException.Binary(origin, zero);
        }

        var characters = new char[bytes.Length - start]; // UTF-8 never has fewer bytes than UTF-16 has units
        var status = Utf8.ToUtf16(
            bytes[start..],
            characters,
            out var read,
            out var written,
            replaceInvalidSequences: false
        );
        if (status != OperationStatus.Done)
        {
            var offset = start + read;
            throw TextFormatException.NotUtf8(origin, offset, bytes[offset]);
        }
        return new string(characters, 0, written);
    }
}
