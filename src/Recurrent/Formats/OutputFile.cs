using Recurrent.Files;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats;

/// <summary>
/// Writes files of a kind over nothing, over an empty file or over one of that kind: any other is the user's own and
/// never replaced.
/// </summary>
/// <param name="Foreign">The words of an error for a file of another kind, such as: is not a model.</param>
/// <param name="WayOut">The way out if one is in the way.</param>
/// <param name="IsOurs">Returns whether a seekable stream, at its beginning, holds a file of the kind.</param>
internal sealed record OutputFile(string Foreign, string WayOut, Func<Stream, bool> IsOurs)
{
    /// <summary>Throws what <see cref="Write"/> would throw for this path now, and leaves no trace.</summary>
    /// <param name="path">The file that is to be created or replaced; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">A file of another kind is there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    public void Check(string path)
    {
        AtomicFile.CheckWritable(path); // before the file is opened: to open a pipe is to wait for its writer
        if (!File.Exists(path))
        {
            return;
        }
        using var stream = SharedFile.Open(path);
        if (stream.Length > 0 && !IsOurs(stream))
        {
            throw new ModelFileException(
                $"Cannot write {path}: a file that {Foreign} is there and would be lost; {WayOut}."
            );
        }
    }

    /// <summary>Writes a file, all of it or nothing.</summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="write">Writes the content, front to back.</param>
    /// <inheritdoc cref="Check"/>
    public void Write(string path, Action<Stream> write)
    {
        Check(path);
        try
        {
            AtomicFile.Write(path, write);
        }
        catch (FormatError error)
        {
            throw ModelFileException.Writing(path, error);
        }
    }
}
