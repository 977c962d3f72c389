using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Recurrent.Tensors;

namespace Recurrent.Gpu;

/// <summary>Whether trainings come to the same bits on the card as on the processor.</summary>
internal static class SameBits
{
    private const int Minibatches = 5;
    private const int Epochs = 3;
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Trains on both and says what differs. Where it is to be done more than once, each has a process of its own,
    /// because after a fault the card refuses whatever else a process asks for.
    /// </summary>
    /// <returns>Whether nothing does.</returns>
    public static bool Check(string[] names)
    {
        // Emulated, the large ones would take hours.
        IReadOnlyList<Load> all = Programs.IsEmulated ? Load.Small : [.. Load.Small, .. Load.Rows];
        var loads = Load.Of(all, names).ToList();
        if (loads is [var load])
        {
            var start = TimeProvider.System.GetTimestamp();
            var (same, verdict) = Compare(load);
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine($"{load.Name, -20} {verdict}  ({seconds:F1} s)");
            return same;
        }
        var results = loads
            .AsParallel()
            .AsOrdered()
            .WithDegreeOfParallelism(Math.Clamp(Environment.ProcessorCount / 4, 1, loads.Count))
            .WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(one => CheckElsewhere(one.Name));
        var equal = 0;
        foreach (var (isSame, text) in results)
        {
            Console.Write(text);
            equal += isSame ? 1 : 0;
        }
        Console.WriteLine($"{equal} of {loads.Count} equal");
        return equal == loads.Count;
    }

    private static (bool IsSame, string Text) CheckElsewhere(string name)
    {
        var own = Environment.GetCommandLineArgs()[0];
        string[] program = Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [own] : [];
        using var process = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath, [.. program, "check", name])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_most))
        {
            process.Kill();
            return (false, $"{name, -20} FAILED: no answer in {s_most.TotalSeconds} s\n");
        }
        return (process.ExitCode == 0, output.Result);
    }

    private static (bool IsSame, string Verdict) Compare(Load load)
    {
        try
        {
            var difference = Difference(load, out var hash);
            return difference is null ? (true, $"equal      {hash[..16]}") : (false, $"DIFFERENT  {difference}");
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine($"{load.Name}: {failure}");
            return (false, $"FAILED: {failure.GetType().Name}: {failure.Message}");
        }
    }

    private static string? Difference(Load load, out string hash)
    {
        using var card = Programs.Open();
        var (expected, lossesExpected) = Train(load, Device.Default);
        var (found, losses) = Train(load, new GpuDevice(card));
        hash = Hash(expected);
        if (Hash(found) == hash && losses.SequenceEqual(lossesExpected))
        {
            return null;
        }
        foreach (var (own, other) in expected.Zip(found))
        {
            var (a, b) = (own.Value.ToArray(), other.Value.ToArray());
            int[] places = [.. Enumerable.Range(0, a.Length).Where(i => Bits(a[i]) != Bits(b[i]))];
            if (places is [var first, ..])
            {
                var most = places.Max(i => Math.Abs((double)a[i] - b[i]));
                return $"{own.Name} {own.Value.Shape}: {places.Length} of {a.Length}, by up to {most:E1}; "
                    + $"[{first}] {b[first]:R} instead of {a[first]:R}";
            }
        }
        return $"losses {string.Join(", ", losses)} instead of {string.Join(", ", lossesExpected)}";
    }

    private static (IReadOnlyList<Parameter> Parameters, double[] Losses) Train(Load load, Device device)
    {
        var epochs = Load.Rows.Contains(load) ? 1 : Epochs; // the large ones take the processor long
        var (model, trainer) = load.On(device, epochs == 1 ? 2 : Minibatches, epochs);
        double[] losses = [.. trainer.Run().Select(report => report.Loss)];
        return (model.Parameters, losses);
    }

    private static int Bits(float value) => float.IsNaN(value) ? -1 : BitConverter.SingleToInt32Bits(value);

    private static string Hash(IEnumerable<Parameter> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var parameter in parameters)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(parameter.Value.ToArray()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
