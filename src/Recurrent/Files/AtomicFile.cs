namespace Recurrent.Files;

/// <summary>
/// Writing of whole files: after a crash or an error either the old file or the new one is there, never a part.
/// </summary>
/// <remarks>
/// The bytes go to a temporary file in the same folder (<c>.recurrent-PROCESS-NUMBER.tmp</c>), which is flushed to the
/// disk and only then renamed to the target. A symbolic link stays a link: the file it points to is replaced. On Unix a
/// replaced file keeps its permissions. Other hard links to it keep the old content. A process that is killed in the
/// middle leaves its temporary file behind; it can be deleted.
/// </remarks>
internal static class AtomicFile
{
    private const int MaxLinks = 40; // as Linux follows

    private static int s_lastNumber;

    /// <summary>
    /// Creates or replaces a file with everything that <paramref name="write"/> writes, or not at all.
    /// </summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="write">An action that writes the content, front to back, and leaves the stream open.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">
    /// The file cannot be written (a missing folder, no permission, a folder or device of that name, a full disk, a
    /// limit on the size of files); the message names the path and the cause. Exceptions of other kinds that
    /// <paramref name="write"/> throws are passed on unchanged. In each case an old file stays as it was and no
    /// temporary file is left.
    /// </exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = path;
        try
        {
            target = Resolve(path);
            WriteTemporary(target, write, temporary => File.Move(temporary, target, overwrite: true));
        }
        catch (Exception e) when (WriteError.IsOfFileSystem(e))
        {
            throw WriteError.Explain(path, target, e);
        }
    }

    /// <summary>
    /// Throws the exception that <see cref="Write"/> would throw for this path now, and leaves no trace.
    /// </summary>
    /// <remarks>
    /// For use before long work whose result goes to the path. It writes one byte, so it notices a disk that is already
    /// full, but cannot know whether there will be room for the whole file.
    /// </remarks>
    /// <param name="path">The file that will be created or replaced later.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    /// <returns>The full path of the file, with symbolic links resolved; it need not exist yet.</returns>
    public static string CheckWritable(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = path;
        try
        {
            target = Resolve(path);
            WriteTemporary(target, stream => stream.WriteByte(0), File.Delete);
            return target;
        }
        catch (Exception e) when (WriteError.IsOfFileSystem(e))
        {
            throw WriteError.Explain(path, target, e);
        }
    }

    /// <summary>
    /// Returns the full path of the regular file to replace, with symbolic links resolved; it need not exist yet.
    /// </summary>
    internal static string Resolve(string path)
    {
        var target = FinalTarget(path);
        if (Directory.Exists(target))
        {
            throw new WriteError("it is a folder; name a file inside it, or move it away");
        }

        // For root, renaming over a device would succeed and take the device away from the whole system. What a process
        // has open and is no file, such as a pipe, leads to /proc/PID/fd.
        var folder = Path.GetDirectoryName(target);
        if (
            !OperatingSystem.IsWindows()
            && (
                folder == "/dev"
                || (target.StartsWith("/proc/", StringComparison.Ordinal) && Path.GetFileName(folder) == "fd")
            )
        )
        {
            throw new WriteError("it is a device; name a file");
        }

        if (File.Exists(target))
        {
            RequireWritable(target);
        }

        return target;
    }

    /// <summary>
    /// The full path that a path's links lead to, link by link: .NET itself follows none to a file that does not exist.
    /// </summary>
    internal static string FinalTarget(string path)
    {
        var target = Path.GetFullPath(path);
        for (var links = 0; new FileInfo(target).LinkTarget is { } next; links++)
        {
            if (links == MaxLinks)
            {
                throw new WriteError("its links lead back to themselves; name the file itself");
            }
            target = Path.GetFullPath(next, Path.GetDirectoryName(target)!);
        }
        return target;
    }

    /// <summary>
    /// Checks that the old file may be written: a rename needs no permission on it, so it would replace a protected
    /// file.
    /// </summary>
    private static void RequireWritable(string target)
    {
        try
        {
            using var old = new FileStream(
                target,
                FileMode.Open,
                FileAccess.ReadWrite, // write access alone would wait for a reader of a named pipe
                FileShare.ReadWrite | FileShare.Delete
            );
            if (!old.CanSeek)
            {
                throw new WriteError("it is a pipe or a device; name a file");
            }
        }
        catch (UnauthorizedAccessException e)
        {
            throw new WriteError("the file is write-protected; allow writing or name another file", e);
        }
    }

    /// <summary>
    /// Writes and flushes a temporary file in the folder of the target, passes it on, and deletes it if that fails.
    /// </summary>
    private static void WriteTemporary(string target, Action<Stream> write, Action<string> complete)
    {
        var (stream, temporary) = CreateTemporary(target);
        try
        {
            using (stream)
            {
                KeepPermissions(target, stream);
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            complete(temporary);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static (FileStream Stream, string Path) CreateTemporary(string target)
    {
        // The name is short whatever the target's is, so a target name of maximum length is still possible.
        var folder = Path.GetDirectoryName(target)!;
        while (true)
        {
            var number = Interlocked.Increment(ref s_lastNumber);
            var path = Path.Combine(folder, $".recurrent-{Environment.ProcessId}-{number}.tmp");
            try
            {
                return (new FileStream(path, FileMode.CreateNew, FileAccess.Write), path);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Left by a killed process with the same number: in containers every process is number 1.
            }
        }
    }

    private static void KeepPermissions(string target, FileStream stream)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(target))
        {
            return;
        }

        var mode = File.GetUnixFileMode(target);
        if (mode != File.GetUnixFileMode(stream.SafeFileHandle))
        {
            File.SetUnixFileMode(stream.SafeFileHandle, mode);
        }
    }

    private static void TryDelete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The original error says more than this one.
        }
    }
}
