using System.Diagnostics;

namespace Recurrent.Reliability;

/// <summary>
/// A file system in memory that only a process of ours has mounted, so that an ordinary user may have one too where the
/// system lets him make namespaces.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly WorkFolder _mountPoint = new();
    private readonly Process _holder;

    private SmallDisk()
    {
        var start = new ProcessStartInfo("unshare", ["-rm", "sh"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _holder = Process.Start(start)!;
    }

    /// <summary>The full path of its root folder, through the process that has mounted it.</summary>
    public string Path => $"/proc/{_holder.Id}/root{_mountPoint.Path}";

    /// <summary>Mounts one; null where the system does not allow it.</summary>
    public static async Task<SmallDisk?> MountAsync(string size)
    {
        var disk = new SmallDisk();
        if (await disk.RunAsync($"mount -t tmpfs -o size={size} none '{disk._mountPoint.Path}'"))
        {
            return disk;
        }
        disk.Dispose();
        return null;
    }

    /// <summary>From now on its folder cannot be written.</summary>
    public async Task MakeReadOnlyAsync()
    {
        // Mounted once more over itself: a disk with a file open for writing cannot be made read-only.
        var (disk, over) = (_mountPoint.Path, "mount -o remount,bind,ro");
        if (!await RunAsync($"mount --bind '{disk}' '{disk}' && {over} '{disk}'"))
        {
            throw new InvalidOperationException("The disk cannot be made read-only.");
        }
    }

    public void Dispose()
    {
        _holder.StandardInput.Close();
        _holder.WaitForExit();
        _holder.Dispose();
        _mountPoint.Dispose();
    }

    private async Task<bool> RunAsync(string command)
    {
        try
        {
            await _holder.StandardInput.WriteLineAsync($"{command}; echo $?");
            await _holder.StandardInput.FlushAsync();
            return await _holder.StandardOutput.ReadLineAsync() == "0";
        }
        catch (IOException)
        {
            return false; // there is no such shell
        }
    }
}
