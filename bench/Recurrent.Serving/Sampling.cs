using System.Globalization;
using System.Reflection;
using Recurrent.Decoding;
using Recurrent.Randomness;

namespace Recurrent.Serving;

/// <summary>Bar 17: the choice of a token.</summary>
internal static class Sampling
{
    /// <summary>What this program is told where it is to print one figure of its own processor.</summary>
    public const string Once = "sampling-once";

    private const int Vocabulary = 97;

    /// <summary>Measures on the widest vectors, and without AVX-512.</summary>
    public static Task RunAsync(Bench bench)
    {
        foreach (
            var (name, value, bound) in (ReadOnlySpan<(string, string, int)>)
                [("AVX-512", "1", 500), ("AVX2", "0", 1000)]
        )
        {
            var self = new Command(
                "dotnet",
                [Assembly.GetExecutingAssembly().Location, Once],
                [("DOTNET_EnableAVX512", value)]
            );
            using var process = ServerProcess.Launch(self);
            var time = double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
            process.WaitForExit();
            bench.Report(
                17,
                $"choosing one of {Vocabulary} tokens at temperature 0.8, {name}",
                $"{time:N0} ns",
                $"at most {bound} ns",
                time <= bound
            );
        }
        return Task.CompletedTask;
    }

    /// <summary>Nanoseconds a token.</summary>
    public static double Nanoseconds()
    {
        const int Rows = 64;
        const int Turns = 2000;
        var sampler = new TokenSampler(new SamplingOptions { Temperature = 0.8 }, Vocabulary);
        var logits = new float[Rows * Vocabulary];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i] = RandomStream.Parameters(1).Normal((ulong)i);
        }
        var times = new List<double>();
        for (var slice = 0; slice < 12; slice++)
        {
            var start = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < Turns; i++)
            {
                for (var row = 0; row < Rows; row++)
                {
                    sampler.Next(logits.AsSpan(row * Vocabulary, Vocabulary));
                }
            }
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / (Rows * Turns));
        }
        return Median.Of(times[4..]);
    }
}
