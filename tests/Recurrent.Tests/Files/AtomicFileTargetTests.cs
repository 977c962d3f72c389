using System.Diagnostics;
using System.Runtime.Versioning;
using Recurrent.Files;

namespace Recurrent.Tests.Files;

/// <summary>What may stand at the path already, and what may not.</summary>
public sealed class AtomicFileTargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_missing_folder_is_named() =>
        AssertRefused(_folder["missing/model"], $"the folder {_folder["missing"]} does not exist; create it first.");

    [Fact]
    public void A_file_in_place_of_the_folder_is_named()
    {
        File.WriteAllText(_folder["file"], "");

        AssertRefused(_folder["file/model"], $"the folder {_folder["file"]} does not exist; create it first.");
    }

    [Fact]
    public void A_folder_is_refused()
    {
        Directory.CreateDirectory(_folder["models"]);

        AssertRefused(_folder["models"], "it is a folder; name a file inside it, or move it away.");
        AssertRefused(_folder["models/"], "it is a folder; name a file inside it, or move it away.");
        Assert.Empty(TemporaryFolder.NamesIn(_folder["models"]));
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused() =>
        AssertRefused(_folder[new string('m', 256)], "the name is too long; choose a shorter one.", early: false);

    [Fact]
    public void An_empty_path_is_an_argument_error()
    {
        Assert.Throws<ArgumentException>(() => AtomicFile.Write("", _ => { }));
        Assert.Throws<ArgumentException>(() => AtomicFile.CheckWritable(""));
    }

    [Fact]
    public void A_device_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no device files.");

        // Only checked, never written: run by root, a mistake here would take the device away from the
        // system.
        var error = Assert.Throws<IOException>(() => AtomicFile.CheckWritable("/dev/null"));

        Assert.Equal("Cannot write /dev/null: it is a device; name a file.", error.Message);
    }

    [Fact]
    public async Task A_pipe_is_refused_without_waiting_for_a_reader()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no named pipes in folders.");
        using (var mkfifo = Process.Start("mkfifo", [_folder["pipe"]]))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var refused = Task.Run(
            () => AssertRefused(_folder["pipe"], "it is a pipe or a device; name a file."),
            TestContext.Current.CancellationToken
        );

        await refused.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_write_protected_file_is_refused()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The system lets root write to protected files.");
        File.WriteAllText(_folder["model"], "old");
        File.SetAttributes(_folder["model"], FileAttributes.ReadOnly);

        AssertRefused(_folder["model"], "the file is write-protected; allow writing or name another file.");
        Assert.Equal("old", File.ReadAllText(_folder["model"]));

        File.SetAttributes(_folder["model"], FileAttributes.Normal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")] // tells the compiler that the modes used below are there
    public void A_protected_folder_is_named()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "The system lets root write to protected folders.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not protect folders by mode.");
        Directory.CreateDirectory(_folder["models"]);
        File.SetUnixFileMode(_folder["models"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        AssertRefused(
            _folder["models/model"],
            $"there is no permission to write in {_folder["models"]}; choose another folder."
        );
    }

    [Fact]
    [UnsupportedOSPlatform("windows")] // tells the compiler that the modes used below are there
    public void Permissions_of_a_replaced_file_are_kept()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite;
        File.WriteAllText(_folder["model"], "old");
        File.SetUnixFileMode(_folder["model"], Mode);

        AtomicFile.Write(
            _folder["model"],
            stream => Assert.Equal(Mode, File.GetUnixFileMode(((FileStream)stream).Name))
        );

        Assert.Equal(Mode, File.GetUnixFileMode(_folder["model"]));
        Assert.Equal("", File.ReadAllText(_folder["model"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_symbolic_link_stays_and_its_target_is_replaced(bool exists)
    {
        Directory.CreateDirectory(_folder["models"]);
        if (exists)
        {
            File.WriteAllText(_folder["models/v1"], "old");
        }

        File.CreateSymbolicLink(_folder["best"], "models/v1");
        File.CreateSymbolicLink(_folder["latest"], "best");

        AtomicFile.CheckWritable(_folder["latest"]);
        AtomicFile.Write(_folder["latest"], stream => stream.WriteByte((byte)'n'));

        Assert.Equal("best", new FileInfo(_folder["latest"]).LinkTarget);
        Assert.Equal("models/v1", new FileInfo(_folder["best"]).LinkTarget);
        Assert.Equal("n", File.ReadAllText(_folder["models/v1"]));
        Assert.Equal(["best", "latest", "models"], _folder.Names);
        Assert.Equal(["v1"], TemporaryFolder.NamesIn(_folder["models"]));
    }

    [Fact]
    public void A_link_into_a_missing_folder_names_that_folder()
    {
        File.CreateSymbolicLink(_folder["latest"], "missing/v1");

        AssertRefused(_folder["latest"], $"the folder {_folder["missing"]} does not exist; create it first.");
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        File.CreateSymbolicLink(_folder["a"], "b");
        File.CreateSymbolicLink(_folder["b"], "a");

        var error = Assert.Throws<IOException>(() => AtomicFile.CheckWritable(_folder["a"]));

        Assert.StartsWith($"Cannot write {_folder["a"]}: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Checking_a_path_leaves_no_trace(bool exists)
    {
        if (exists)
        {
            File.WriteAllText(_folder["model"], "old");
        }

        AtomicFile.CheckWritable(_folder["model"]);

        Assert.Equal(exists ? ["model"] : [], _folder.Names);
        Assert.Equal(exists, File.Exists(_folder["model"]) && File.ReadAllText(_folder["model"]) == "old");
    }

    /// <summary>Both the check before and the write itself say the same, and leave nothing behind.</summary>
    private void AssertRefused(string path, string message, bool early = true)
    {
        var before = _folder.Names.ToArray();

        var error = Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => { }));
        Assert.Equal($"Cannot write {path}: {message}", error.Message);
        if (early)
        {
            var earlier = Assert.Throws<IOException>(() => AtomicFile.CheckWritable(path));
            Assert.Equal(error.Message, earlier.Message);
        }

        Assert.Equal(before, _folder.Names);
    }
}
