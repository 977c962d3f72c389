using Recurrent.Formats.Safetensors;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// A file of a model, of weights or of a training run cannot be read, or cannot be written where it should be. The
/// message is one sentence: which file, what is wrong, and the way out.
/// </summary>
public sealed class ModelFileException : IOException
{
    /// <inheritdoc/>
    public ModelFileException() { }

    /// <inheritdoc/>
    public ModelFileException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public ModelFileException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <param name="origin">The path as the caller gave it, or another name of the file.</param>
    /// <param name="error">The error.</param>
    internal static ModelFileException Reading(string origin, Exception error)
    {
        var cause = error switch
        {
            FileNotFoundException or DirectoryNotFoundException =>
                $"there is no file {Path.GetFullPath(origin)}; check the path",
            UnauthorizedAccessException when Directory.Exists(origin) => "it is a folder; name a model file in it",
            _ => ReadError.CauseOf(error),
        };
        return new ModelFileException($"Cannot read {origin}: {cause}.", error);
    }

    /// <param name="origin">The path as the caller gave it, or another name of the file.</param>
    /// <param name="error">The problem with the model.</param>
    internal static ModelFileException Writing(string origin, FormatError error) =>
        new($"Cannot write {origin}: {error.Message}.", error);
}
