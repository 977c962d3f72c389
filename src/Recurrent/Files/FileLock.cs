namespace Recurrent.Files;

/// <summary>
/// A lock that keeps a second writer away from a file. On the whole machine only one holder has it at a time, until it
/// releases the lock or its process ends in any way.
/// </summary>
/// <remarks>
/// The lock is on a second file next to the target, with <c>.lock</c> appended to its name, which is deleted when the
/// lock is released. It is the operating system's lock: a file left by a killed process locks nobody out. It is
/// advisory, and has no effect on a network file system without locks.
/// </remarks>
internal sealed class FileLock : IDisposable
{
    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Acquires the lock of a file, which need not exist yet.</summary>
    /// <param name="path">The file to be written; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">
    /// The lock is held, in this process or a different one, or the file system refuses it; the message names the path
    /// and the cause.
    /// </exception>
    public static FileLock Acquire(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = path;
        try
        {
            target = AtomicFile.Resolve(path); // two links to one file share its lock
            return new FileLock(Open(target + ".lock"));
        }
        catch (Exception e) when (WriteError.IsOfFileSystem(e))
        {
            throw WriteError.Explain(path, target, e);
        }
    }

    // ERROR_SHARING_VIOLATION, or EWOULDBLOCK, whose number differs between systems.
    private static int HeldError =>
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020)
        : OperatingSystem.IsMacOS() ? 35
        : 11;

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _stream.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 0,
                // The file is deleted before the lock is released; who locks a file that has lost its name tries again.
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException e) when (e.HResult == HeldError)
        {
            throw new WriteError(
                "another training run or program is writing it; wait until it has ended, or name another file",
                e
            );
        }
    }
}
