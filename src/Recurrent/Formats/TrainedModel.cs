using Recurrent.Files;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Text;

namespace Recurrent.Formats;

/// <summary>
/// All that generation needs: a model and the codec of its text, with the summary of its training. It is kept in one
/// file of the safetensors format, described in docs/formats.md.
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Codec">How text becomes the model's tokens and back.</param>
/// <param name="Training">How the model came to be.</param>
public sealed record TrainedModel(ILanguageModel Model, TextCodec Codec, TrainingSummary Training)
{
    private const string StreamName = "the stream";

    /// <summary>Saves the model to a file, all of it or nothing: after an error or a crash an old file is as it was.</summary>
    /// <remarks>The same model gives the same bytes, whatever the machine, the day and the number of threads.</remarks>
    /// <param name="path">
    /// The file to create, or a model file to replace (see <see cref="ModelFile.CheckDestination"/>); its folder must exist.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// A file that is no model file stands there, or this model could not be loaded again: a weight is not finite, the
    /// codec is another model's, or the model computes with a step or an initial state of the caller's own.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    public void Save(string path)
    {
        ModelFile.CheckDestination(path);
        try
        {
            AtomicFile.Write(path, stream => ModelWriter.Write(stream, this));
        }
        catch (FormatError error)
        {
            throw ModelFileException.Writing(path, error);
        }
    }

    /// <summary>Writes the model to a stream, as the bytes that <see cref="Save(string)"/> puts into a file.</summary>
    /// <param name="stream">A stream that can be written; it is left open.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="ModelFileException">This model could not be loaded again; nothing is written.</exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
        {
            throw new ArgumentException("The stream cannot be written; open it for writing.", nameof(stream));
        }
        try
        {
            ModelWriter.Write(stream, this);
        }
        catch (FormatError error)
        {
            throw ModelFileException.Writing(StreamName, error);
        }
    }

    /// <summary>Loads a model from a file. Whatever the file claims, no more is allocated than its size warrants.</summary>
    /// <param name="path">A file that <see cref="Save(string)"/> wrote.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">
    /// The file is missing, a folder or unreadable; or it is empty, cut short, damaged, of another kind, or of a newer version.
    /// </exception>
    public static TrainedModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = ModelFile.OpenRead(path);
            return stream.CanSeek
                ? ModelReader.Read(stream)
                : throw new FormatError("it is a pipe or a device", "save its content to a file first");
        }
        catch (Exception error) when (error is FormatError or IOException or UnauthorizedAccessException)
        {
            throw ModelFileException.Reading(path, error);
        }
    }

    /// <summary>Loads a model from a stream. Whatever it claims, no more is allocated than its length warrants.</summary>
    /// <param name="stream">
    /// A stream that can be read and seeked, such as a <see cref="MemoryStream"/>; the model is all of it from its position to
    /// its end. It is left open.
    /// </param>
    /// <exception cref="ArgumentException">The stream cannot be read or not be seeked.</exception>
    /// <exception cref="ModelFileException">
    /// The content is empty, cut short, damaged, of another kind, or of a newer version.
    /// </exception>
    /// <exception cref="IOException">The stream fails.</exception>
    public static TrainedModel Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanSeek)
        {
            throw new ArgumentException(
                "The stream cannot be read or has no length to check the content against; copy it to a MemoryStream first.",
                nameof(stream)
            );
        }
        try
        {
            return ModelReader.Read(stream);
        }
        catch (FormatError error)
        {
            throw ModelFileException.Reading(StreamName, error);
        }
    }
}
