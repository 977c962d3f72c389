using Recurrent.Files;

namespace Recurrent.Tests.Files;

/// <summary>Disks that really are full or read-only.</summary>
public sealed class AtomicFileDiskTests
{
    [Fact]
    public void A_disk_that_fills_up_leaves_the_old_file_whole()
    {
        using var disk = SmallDisk.Mount("size=64k");
        var path = Path.Combine(disk.Path, "model");
        AtomicFile.Write(path, stream => stream.Write("old"u8));

        var error = Assert.Throws<IOException>(() =>
            AtomicFile.Write(
                path,
                stream =>
                {
                    for (var block = 0; block < 200; block++)
                    {
                        stream.Write(new byte[1000]);
                    }
                }
            )
        );

        Assert.Equal($"Cannot write {path}: the disk is full; free some space or choose another disk.", error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["model"], TemporaryFolder.NamesIn(disk.Path));
    }

    [Fact]
    public void A_disk_that_fills_up_with_the_last_bytes_leaves_the_old_file_whole()
    {
        using var disk = SmallDisk.Mount("size=64k");
        var path = Path.Combine(disk.Path, "model");
        AtomicFile.Write(path, stream => stream.Write("old"u8));
        File.WriteAllBytes(Path.Combine(disk.Path, "other"), new byte[15 * 4096]);

        // So few that they stay in the stream's buffer until it is flushed.
        var error = Assert.Throws<IOException>(() => AtomicFile.Write(path, stream => stream.Write("new"u8)));

        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["model", "other"], TemporaryFolder.NamesIn(disk.Path));
    }

    [Fact]
    public void Checking_finds_a_full_disk()
    {
        using var disk = SmallDisk.Mount("size=64k");
        File.WriteAllBytes(Path.Combine(disk.Path, "other"), new byte[16 * 4096]);

        var error = Assert.Throws<IOException>(() => AtomicFile.CheckWritable(Path.Combine(disk.Path, "model")));

        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
        Assert.Equal(["other"], TemporaryFolder.NamesIn(disk.Path));
    }

    [Fact]
    public void A_read_only_disk_is_named()
    {
        using var disk = SmallDisk.Mount("ro,size=64k");
        var path = Path.Combine(disk.Path, "model");

        var error = Assert.Throws<IOException>(() => AtomicFile.CheckWritable(path));

        Assert.Equal(
            $"Cannot write {path}: the file system of {disk.Path} is read-only; choose another folder.",
            error.Message
        );
    }
}
