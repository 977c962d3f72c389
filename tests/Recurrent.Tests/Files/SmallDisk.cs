using System.ComponentModel;
using System.Diagnostics;

namespace Recurrent.Tests.Files;

/// <summary>
/// A file system in memory, mounted where only a process of ours sees it, so that no rights are needed.
/// </summary>
/// <remarks>
/// The process makes itself a user and mount namespace and waits for its input to end; we reach into the
/// namespace through <c>/proc/PID/root</c>. When we end, however we end, its input ends, and the mount goes
/// with it.
/// </remarks>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _mountPoint = new();
    private readonly Process _holder;

    private SmallDisk(string options)
    {
        const string Script = "mount -t tmpfs -o \"$1\" none \"$2\" && echo ready && exec cat";
        _holder = Process.Start(
            new ProcessStartInfo("unshare", ["-rm", "sh", "-c", Script, "sh", options, _mountPoint.Path])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    /// <summary>The full path of its root folder.</summary>
    public string Path => $"/proc/{_holder.Id}/root{_mountPoint.Path}";

    /// <summary>
    /// Mounts a disk with these tmpfs options, or skips the test where the system does not allow it.
    /// </summary>
    public static SmallDisk Mount(string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Mounting a small disk needs Linux.");
        SmallDisk? disk = null;
        try
        {
            disk = new SmallDisk(options);
        }
        catch (Win32Exception e)
        {
            Assert.Skip($"Mounting a small disk needs the command unshare: {e.Message}");
        }

        if (disk._holder.StandardOutput.ReadLine() != "ready")
        {
            var cause = disk._holder.StandardError.ReadToEnd().Trim();
            disk.Dispose();
            Assert.Skip($"The system does not let us mount a small disk: {cause}");
        }

        return disk;
    }

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
        _mountPoint.Dispose();
    }
}
