using Recurrent.Files;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats;

/// <summary>Opens the files that models are read from: in one way, with one set of errors.</summary>
internal static class InputFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads a seekable stream at the beginning of the file.</param>
    /// <param name="through">
    /// Is given what opens the file, and opens it in a way of the caller's; null for the usual one.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// The file is missing, unreadable, empty, a pipe, or not what it should be.
    /// </exception>
    public static T Read<T>(string path, Func<Stream, T> read, Func<Func<Stream>, Stream>? through = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = through is null ? Open() : through(Open);
            return read(stream);
        }
        catch (Exception error) when (error is FormatError or IOException or UnauthorizedAccessException)
        {
            throw ModelFileException.Reading(path, error);
        }

        Stream Open()
        {
            if (!SharedFile.MayHaveContent(path))
            {
                throw new FormatError("it is empty, a pipe or a device", "save its content to a file first");
            }
            var stream = SharedFile.Open(path);
            if (!stream.CanSeek)
            {
                stream.Dispose();
                throw new FormatError("it is a pipe or a device", "save its content to a file first");
            }
            return stream;
        }
    }
}
