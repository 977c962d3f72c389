namespace Recurrent.Reliability;

/// <summary>
/// A disk that fills up, goes read-only or goes away under a training: an old model stays whole, one sentence says what
/// to do, and the new model is saved elsewhere if any other place takes it.
/// </summary>
internal static class BadDisks
{
    private const string Small = "--hidden 16 --batch 4 --steps 8 --max-tokens 500 --threads 1 --epochs 1";
    private const string Large =
        "--model lstm --hidden 96 --batch 4 --steps 8 --max-tokens 1000 --threads 1 --epochs 30 --checkpoint 0.05s";

    public static async Task<int> RunAsync()
    {
        using var folder = new WorkFolder();
        var whole = folder["whole.safetensors"];
        await TrainingProcess.RunAsync(whole, Large);
        var expected = await File.ReadAllBytesAsync(whole);
        Console.WriteLine($"the model that is to be saved has {expected.Length:#,0} bytes");

        var right = true;
        right &= await OnDiskAsync(
            "disk full during the training",
            expected,
            disk =>
            {
                Fill(disk.Path);
                return Task.CompletedTask;
            }
        );
        right &= await OnDiskAsync("disk read-only during the training", expected, disk => disk.MakeReadOnlyAsync());
        right &= await GoneAsync(expected);
        right &= await TooLargeAsync();
        return right ? 0 : 1;
    }

    /// <summary>A disk of its own, with an old model on it, that something happens to after the first epoch.</summary>
    private static async Task<bool> OnDiskAsync(string name, byte[] expected, Func<SmallDisk, Task> harm)
    {
        using var disk = await SmallDisk.MountAsync("8m");
        if (disk is null)
        {
            Console.WriteLine($"{name}: not tried, for this system does not let us mount a small disk");
            return true;
        }
        var model = Path.Combine(disk.Path, "model.safetensors");
        await TrainingProcess.RunAsync(model, Small);
        var old = await File.ReadAllBytesAsync(model);
        using var process = TrainingProcess.Start(model, Large);
        await process.FirstEpoch;
        await harm(disk);
        await process.WaitAsync();
        var kept = old.AsSpan().SequenceEqual(File.ReadAllBytes(model));
        return Tell(name, process, kept) & IsSavedElsewhere(process.Error, expected);
    }

    /// <summary>The folder is deleted after the first epoch.</summary>
    private static async Task<bool> GoneAsync(byte[] expected)
    {
        using var folder = new WorkFolder();
        var gone = Directory.CreateDirectory(folder["gone"]).FullName;
        using var process = TrainingProcess.Start(Path.Combine(gone, "model.safetensors"), Large);
        await process.FirstEpoch;
        Directory.Move(gone, folder["elsewhere"]); // at once, whatever is being written there
        await process.WaitAsync();
        return Tell("folder gone during the training", process, kept: true) & IsSavedElsewhere(process.Error, expected);
    }

    /// <summary>No file may have more than some blocks, anywhere: there is no other place.</summary>
    private static async Task<bool> TooLargeAsync()
    {
        using var folder = new WorkFolder();
        var model = folder["model.safetensors"];
        await TrainingProcess.RunAsync(model, Small);
        var old = await File.ReadAllBytesAsync(model);
        // The runtime itself makes a large file for its code unless it is told not to.
        using var process = TrainingProcess.Start(
            model,
            Large,
            "export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f 64;"
        );
        await process.WaitAsync();
        var kept = old.AsSpan().SequenceEqual(File.ReadAllBytes(model));
        var alone = folder.Names.SequenceEqual(["model.safetensors"]);
        return Tell("limit of 64 blocks for each file", process, kept && alone);
    }

    private static bool Tell(string name, TrainingProcess process, bool kept)
    {
        Console.WriteLine($"{name}: exit code {process.ExitCode}, the old model {(kept ? "is whole" : "IS LOST")}");
        Console.WriteLine($"  {process.Error.Replace("\n", "\n  ", StringComparison.Ordinal)}");
        return kept && process.ExitCode == 1;
    }

    private static bool IsSavedElsewhere(string error, byte[] expected)
    {
        const string Before = "the model is saved in ";
        var path = error.Split(Before)[^1].Split(" instead.")[0];
        var same = File.Exists(path) && expected.AsSpan().SequenceEqual(File.ReadAllBytes(path));
        Console.WriteLine(same ? "  the model saved there is the whole one" : "  THE MODEL IS LOST");
        if (same)
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
        return same;
    }

    private static void Fill(string folder)
    {
        using var file = File.Create(Path.Combine(folder, "filler"), bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full, as it should be.
        }
    }
}
