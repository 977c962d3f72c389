using Recurrent.Files;
using Recurrent.Formats;

namespace Recurrent.Formats;

/// <summary>The file that <see cref="TrainedModel.Save(string)"/> writes, before it is written.</summary>
public static class ModelFile
{
    /// <summary>
    /// Throws what <see cref="TrainedModel.Save(string)"/> would throw for this path now, and leaves no trace; for use before
    /// a long training.
    /// </summary>
    /// <remarks>
    /// There must be no file yet, an empty one, or a model file: a file of another kind, such as the text that is to be
    /// trained on, is the user's own and never replaced.
    /// </remarks>
    /// <param name="path">The file that is to be created or replaced later; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="ModelFileException">A file that is no model file stands there.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    public static void CheckDestination(string path)
    {
        AtomicFile.CheckWritable(path);
        if (File.Exists(path) && !IsEmptyOrModel(path))
        {
            throw new ModelFileException(
                $"Cannot write {path}: a file that is no model stands there and would be lost; choose another name."
            );
        }
    }

    /// <summary>Opens a file so that meanwhile another process can put a new one in its place.</summary>
    internal static FileStream OpenRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    private static bool IsEmptyOrModel(string path)
    {
        using var stream = OpenRead(path);
        try
        {
            return stream.Length == 0 || ModelMetadata.IsIn(SafetensorsHeader.Read(stream));
        }
        catch (FormatError)
        {
            return false;
        }
    }
}
