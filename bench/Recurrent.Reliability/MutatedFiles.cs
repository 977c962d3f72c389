using Recurrent.Formats;
using Recurrent.Randomness;
using Recurrent.Tests.Formats;

namespace Recurrent.Reliability;

/// <summary>
/// Damaged files are read, or refused with one clear sentence; none brings the process down, holds it up, or makes it
/// allocate more than its own size and a constant.
/// </summary>
internal static class MutatedFiles
{
    // Bytes that reading may allocate beyond the file's own: the JSON, the vocabulary, an error's text.
    private const long MostBeyond = 250_000;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    public static int Run(int count, long seed)
    {
        using var folder = new WorkFolder();
        var files = SampleFile.All(folder);
        foreach (var file in files)
        {
            file.PrepareRead(file.Bytes)()(); // what is allocated only once
            Console.WriteLine($"{file.Name}: {file.Bytes.Length:#,0} bytes");
        }
        var (read, refused, wrong) = (0, 0, 0);
        var (mostBeyond, longest) = (0L, TimeSpan.Zero);
        var current = -1;
        using var watchdog = Watchdog(() => Volatile.Read(ref current));
        for (var i = 0; i < count; i++)
        {
            Volatile.Write(ref current, i);
            var file = files[i % files.Count];
            var other = files[(i / files.Count) % files.Count];
            var bytes = Mutation.Of(file.Bytes, other.Bytes, new RandomStream(seed, (ulong)i));
            var load = file.PrepareRead(bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = TimeProvider.System.GetTimestamp();
            Action? check = null;
            try
            {
                check = load();
                read++;
            }
            catch (ModelFileException error) when (IsClear(error))
            {
                refused++;
            }
            catch (Exception failure)
            {
                wrong++;
                Console.WriteLine($"file {i}, {file.Name}: {failure.GetType().Name}: {failure.Message}");
            }
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            var beyond = GC.GetAllocatedBytesForCurrentThread() - before - bytes.Length;
            check?.Invoke();
            if (beyond > MostBeyond || elapsed > s_longest)
            {
                wrong++;
                Console.WriteLine(
                    $"file {i}, {file.Name}, of {bytes.Length:#,0} bytes took {elapsed.TotalMilliseconds:#,0} ms and "
                        + $"{beyond:#,0} bytes beyond its size"
                );
            }
            (mostBeyond, longest) = (Math.Max(mostBeyond, beyond), elapsed > longest ? elapsed : longest);
        }
        Console.WriteLine($"{count:#,0} files: {read:#,0} read, {refused:#,0} refused, {wrong:#,0} wrong");
        Console.WriteLine(
            $"at most {mostBeyond:#,0} bytes allocated beyond the file's size ({MostBeyond:#,0} allowed), "
                + $"at most {longest.TotalMilliseconds:F1} ms"
        );
        return wrong == 0 ? 0 : 1;
    }

    /// <summary>One sentence that names what was read, without a character that a terminal would obey.</summary>
    private static bool IsClear(ModelFileException error) =>
        error.Message.StartsWith("Cannot read ", StringComparison.Ordinal)
        && error.Message.EndsWith('.')
        && !error.Message.Any(char.IsControl);

    /// <summary>Ends the process, with a word, when a file takes ten seconds.</summary>
    private static ITimer Watchdog(Func<int> current)
    {
        var last = -1;
        var interval = TimeSpan.FromSeconds(10);
        return TimeProvider.System.CreateTimer(
            _ =>
            {
                if (current() == last)
                {
                    Console.WriteLine($"file {last} is still being read after {interval.TotalSeconds} s");
                    Environment.Exit(1);
                }
                last = current();
            },
            null,
            interval,
            interval
        );
    }
}
