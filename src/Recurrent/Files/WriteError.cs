namespace Recurrent.Files;

/// <summary>
/// The cause, with its way out, why a path cannot be written; <see cref="Explain"/> turns it into a whole sentence.
/// </summary>
internal sealed class WriteError(string cause, Exception? inner = null) : IOException(cause, inner)
{
    // Errors that .NET reports only by number: ENOSPC and EROFS on Linux and macOS, EDQUOT on Linux and on macOS,
    // ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.
    private const int NoSpace = 28;
    private const int ReadOnlySystem = 30;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int HandleDiskFull = unchecked((int)0x80070027);
    private const int DiskFull = unchecked((int)0x80070070);

    /// <summary>Tells whether an error comes from the file system.</summary>
    public static bool IsOfFileSystem(Exception error) =>
        // This is how .NET reports a file that grows beyond the limit of the file system or the user (EFBIG).
        error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>
    /// Creates an error whose message is one sentence: the path, what is wrong and the way out.
    /// </summary>
    /// <param name="path">The path as the caller gave it.</param>
    /// <param name="target">The file it refers to, with symbolic links resolved as far as possible.</param>
    /// <param name="error">The error it came from.</param>
    public static IOException Explain(string path, string target, Exception error)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(target));
        var cause = error switch
        {
            WriteError => error.Message,
            DirectoryNotFoundException => $"the folder {folder} does not exist; create it first",
            UnauthorizedAccessException => $"there is no permission to write in {folder}; choose another folder",
            ArgumentOutOfRangeException =>
                "the file is larger than the file system or a limit allows; choose another disk or raise the limit "
                    + "(ulimit -f)",
            PathTooLongException => "the name is too long; choose a shorter one",
            _ => error.HResult switch
            {
                NoSpace or QuotaLinux or QuotaMac or HandleDiskFull or DiskFull =>
                    "the disk is full; free some space or choose another disk",
                ReadOnlySystem => $"the file system of {folder} is read-only; choose another folder",
                _ => error.Message.TrimEnd('.'),
            },
        };
        return new IOException($"Cannot write {path}: {cause}.", error) { HResult = error.HResult };
    }
}
