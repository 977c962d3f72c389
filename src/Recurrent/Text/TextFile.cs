namespace Recurrent.Text;

/// <summary>
/// Reads text that is UTF-8, with or without a byte order mark, and says exactly what is wrong where it is
/// not.
/// </summary>
internal static class TextFile
{
    /// <summary>Reads a file of UTF-8 text.</summary>
    /// <param name="path">The file's path.</param>
    /// <returns>The text, without a byte order mark; never empty.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot or may not be read.</exception>
    /// <exception cref="TextFormatException">The file is empty, binary, or not UTF-8.</exception>
    public static string Read(string path) => Decode(Explain(path, File.ReadAllBytes), path);

    /// <summary>Opens a file to be read from its beginning to its end.</summary>
    /// <param name="path">The file's path.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file is missing, is a folder, or cannot or may not be read.</exception>
    public static FileStream OpenRead(string path) =>
        Explain(path, path => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0));

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
        var text = new SegmentCollector();
        var decoder = new TextDecoder(origin, encoding: null, text);
        decoder.Add(bytes);
        decoder.End();
        return text.Segments[0];
    }

    private static T Explain<T>(string path, Func<string, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder; give the path of a text file in it.");
        }
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException(
                $"There is no file {Path.GetFullPath(path)}; check the path.",
                path,
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot read {path}: {ReadError.CauseOf(exception)}.", exception);
        }
    }
}
