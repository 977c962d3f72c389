using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats;

/// <summary>Opens the files that models are read from: in one way, with one set of errors.</summary>
internal static class InputFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads a seekable stream at the beginning of the file.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// The file is missing, unreadable, empty, a pipe, or not what it should be.
    /// </exception>
    public static T Read<T>(string path, Func<Stream, T> read)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (!MayHaveContent(path))
            {
                throw new FormatError("it is empty, a pipe or a device", "save its content to a file first");
            }
            using var stream = Open(path);
            return stream.CanSeek
                ? read(stream)
                : throw new FormatError("it is a pipe or a device", "save its content to a file first");
        }
        catch (Exception error) when (error is FormatError or IOException or UnauthorizedAccessException)
        {
            throw ModelFileException.Reading(path, error);
        }
    }

    /// <summary>
    /// Returns false for a file that is empty, and for a pipe with a name: to open that is to wait for its writer.
    /// True also where there is no file, for opening it to say so.
    /// </summary>
    public static bool MayHaveContent(string path)
    {
        var file = new FileInfo(path);
        // A link has a length of its own.
        return (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is not FileInfo { Exists: true, Length: 0 };
    }

    /// <summary>Opens a file so that meanwhile another process can put a new one in its place.</summary>
    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
}
