namespace Recurrent.Text;

/// <summary>The cause, with its way out, why a file cannot be read.</summary>
internal static class ReadError
{
    // ELOOP on Linux and macOS, ERROR_CANT_RESOLVE_FILENAME on Windows, which .NET reports only by number.
    private const int LoopLinux = 40;
    private const int LoopMac = 62;
    private const int LoopWindows = unchecked((int)0x80070781);

    /// <summary>The cause in words, without the path.</summary>
    public static string CauseOf(Exception error) =>
        error switch
        {
            UnauthorizedAccessException => "there is no permission to read it; allow reading or name another file",
            PathTooLongException => "the name is too long; choose a shorter one",
            IOException { HResult: LoopLinux or LoopMac or LoopWindows } =>
                "its links lead back to themselves; name the file itself",
            _ => error.Message.TrimEnd('.'),
        };
}
