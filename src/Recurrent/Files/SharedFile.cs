namespace Recurrent.Files;

/// <summary>A file that is read while other processes may replace it.</summary>
internal static class SharedFile
{
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
