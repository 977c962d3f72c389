namespace Recurrent.Files;

/// <summary>
/// Keeps a second writer away from a file: one at a time holds it, on the whole machine, until it lets go or its process ends,
/// however that ends.
/// </summary>
/// <remarks>
/// What is locked is a file beside the target, named like it and <c>.lock</c>, which is deleted with the lock. The lock is the
/// operating system's: a file that a killed process left there locks nobody out. It binds those who ask for it, and on a
/// network file system without locks nobody.
/// </remarks>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock of a file, which need not exist yet.</summary>
    /// <param name="path">The file that is to be written; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">
    /// Somebody holds it, in this process or another, or no lock can be had there; the message names the path and the cause.
    /// </exception>
    public static FileLock Acquire(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = path;
        try
        {
            target = AtomicFile.Resolve(path); // two links to one file are one file to write
            return new FileLock(Open(target + ".lock"));
        }
        catch (Exception e) when (WriteError.IsOfFileSystem(e))
        {
            throw WriteError.Explain(path, target, e);
        }
    }

    // ERROR_SHARING_VIOLATION; EWOULDBLOCK, whose number differs.
    private static int HeldError =>
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020)
        : OperatingSystem.IsMacOS() ? 35
        : 11;

    /// <summary>Lets go of the file.</summary>
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
                FileOptions.DeleteOnClose // before the lock is let go; who locks a file that has lost its name tries again
            );
        }
        catch (IOException e) when (e.HResult == HeldError)
        {
            throw new WriteError(
                "another training or program is writing it; wait until that has ended, or name another file",
                e
            );
        }
    }
}
