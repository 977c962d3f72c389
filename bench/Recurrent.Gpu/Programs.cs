using Recurrent.Emulation;
using Recurrent.Kernels.Gpu;
using Recurrent.Tensors;

namespace Recurrent.Gpu;

/// <summary>The programs that trainings have a card run.</summary>
internal static class Programs
{
    private const int TimedSteps = 10;

    /// <summary>Whether the tests' emulated card stands in for a real one, to try what this program does.</summary>
    public static bool IsEmulated { get; } = Environment.GetEnvironmentVariable("RECURRENT_GPU") == "emulated";

    /// <summary>The first card.</summary>
    public static GpuCard Open() => IsEmulated ? new EmulatedCard() : new CudaCard(CudaDriver.OfThisMachine, 0);

    /// <summary>Writes a file of PTX for each program.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        using var card = new IdleCard();
        foreach (var load in Load.Small.Concat(Load.Rows))
        {
            try
            {
                _ = load.On(new GpuDevice(card), minibatches: 1, epochs: 1).Trainer.Run().Count();
            }
            catch (Exception failure)
            {
                // What it was is for `check` to say; the programs until then are there.
                Console.Error.WriteLine($"{load.Name}: {failure.GetType().Name}: {failure.Message}");
            }
        }
        var programs = card.Programs.DistinctBy(program => program.Text).ToList();
        foreach (var (i, program) in programs.Index())
        {
            var name = string.Concat(program.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
            File.WriteAllText(Path.Combine(folder, $"{i:000}-{name}.ptx"), program.Text);
        }
        Console.WriteLine($"{programs.Count} programs");
    }

    /// <summary>Prints the time of each program in some steps of a row.</summary>
    public static void Profile(string name)
    {
        using var card = new TimedCard(Open());
        using var epochs = Load.Of(Load.Rows, [name])
            .Single()
            .On(new GpuDevice(card), TimedSteps, epochs: 3)
            .Trainer.Run()
            .GetEnumerator();
        epochs.MoveNext();
        card.Forget();
        epochs.MoveNext();
        var seconds = epochs.Current.Elapsed.TotalSeconds;
        Console.WriteLine($"{name}: {seconds / TimedSteps * 1e6:F0} us a step, with a wait after each launch");
        Console.WriteLine($"{"us a step", 10} {"launches", 8} {"us each", 8}  program");
        foreach (var (program, launches, time) in card.Launches.OrderByDescending(one => one.Time))
        {
            var us = time.TotalMicroseconds;
            Console.WriteLine(
                $"{us / TimedSteps, 10:F1} {launches / (double)TimedSteps, 8:F1} {us / launches, 8:F1}  {program.Name}"
            );
        }
    }
}
