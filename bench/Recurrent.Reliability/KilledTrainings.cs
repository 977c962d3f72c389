using System.Buffers.Binary;
using System.Text.Json;
using Recurrent.Randomness;

namespace Recurrent.Reliability;

/// <summary>
/// A training whose process is ended at random moments, and each time goes on from its checkpoint, comes to the file of
/// one that was left in peace, and no checkpoint ever falls behind the one before.
/// </summary>
internal static class KilledTrainings
{
    private const int Longest = 2000; // milliseconds from the process's start, or from its first epoch, to its end
    private const string Options =
        "story --model lstm --hidden 48 --layers 2 --dropout 0.1 --batch 8 --max-tokens 8000 --epochs 150 --threads 1 "
        + "--optimizer adamw --schedule cosine --lr 0.01 --validation 0.1 --checkpoint 0.05s --resume";

    public static async Task<int> RunAsync(int times, long seed, string signal)
    {
        using var folder = new WorkFolder();
        var (whole, model) = (folder["whole.safetensors"], folder["model.safetensors"]);
        var start = TimeProvider.System.GetTimestamp();
        if (await TrainingProcess.RunAsync(whole, Options) is (not 0, var error))
        {
            Console.WriteLine($"The training that is left in peace failed: {error}");
            return 1;
        }
        var peace = TimeProvider.System.GetElapsedTime(start);
        Console.WriteLine($"left in peace, the training takes {peace.TotalSeconds:F1} s");

        var random = new RandomStream(seed, 0);
        var (ended, early, finished, wrong, tokens) = (0, 0, 0, 0, 0L);
        for (var draw = 0UL; ended < times; draw++)
        {
            var delay = TimeSpan.FromMilliseconds(random.Below(Longest, 2 * draw));
            using var process = TrainingProcess.Start(model, Options);
            if (random.Below(4, (2 * draw) + 1) > 0) // else it may be ended while it starts
            {
                await process.FirstEpoch;
            }
            if (!await process.EndsWithinAsync(delay))
            {
                await process.SignalAsync(signal);
            }
            await process.WaitAsync();
            if (process.ExitCode == 0) // it was faster than we
            {
                (finished, tokens) = (finished + 1, 0);
                wrong += IsWhole() ? 0 : 1;
                continue;
            }
            ended++;
            var now = TokensIn(model + ".checkpoint");
            early += now == tokens ? 1 : 0;
            if (now < tokens || !IsExpected(process.ExitCode, signal))
            {
                wrong++;
                Console.WriteLine(
                    $"{ended}: exit code {process.ExitCode}, {now} tokens after {tokens}: {process.Error}"
                );
            }
            tokens = now;
        }
        var last = await TrainingProcess.RunAsync(model, Options);
        wrong += last.ExitCode == 0 && IsWhole() ? 0 : 1;
        finished++;
        var left = folder.Names.Where(name => name!.EndsWith(".tmp", StringComparison.Ordinal)).Count();
        Console.WriteLine(
            $"SIG{signal} {ended} times, {early} of them before the process had written a checkpoint; {finished} final files, all to be "
                + $"the same to the byte; {wrong} wrong; {left} temporary files left"
        );
        return wrong == 0 ? 0 : 1;

        // The whole file and nothing beside it; it makes room for the next training.
        bool IsWhole()
        {
            var same =
                File.ReadAllBytes(model).AsSpan().SequenceEqual(File.ReadAllBytes(whole))
                && !File.Exists(model + ".checkpoint")
                && !File.Exists(model + ".lock");
            File.Delete(model);
            if (!same)
            {
                Console.WriteLine("The final file is another, or something stands beside it.");
            }
            return same;
        }
    }

    private static bool IsExpected(int exitCode, string signal) =>
        exitCode
        == signal switch
        {
            "KILL" => 137,
            "TERM" => 143,
            _ => 130,
        };

    /// <summary>The tokens trained on up to a checkpoint; 0 without one.</summary>
    private static long TokensIn(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }
        var file = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, length));
        var state = header.RootElement.GetProperty("__metadata__").GetProperty("state").GetString()!;
        using var members = JsonDocument.Parse(state);
        return members.RootElement.GetProperty("tokensTrained").GetInt64();
    }
}
