using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Recurrent.Models;
using Recurrent.Tensors;

namespace Recurrent.Gpu;

/// <summary>Whether trainings come to the same bits on the card as on the processor.</summary>
internal static class SameBits
{
    private const int Minibatches = 5;
    private const int Epochs = 3;

    /// <summary>Trains on both and says what differs.</summary>
    /// <returns>Whether nothing does.</returns>
    public static bool Check(string[] names)
    {
        var card = Device.Gpu();
        Console.WriteLine($"{card} against {Device.Default}, {Epochs} epochs of {Minibatches} minibatches");
        var same = true;
        foreach (var load in Load.Of([.. Load.Small, .. Load.Rows], names))
        {
            var start = TimeProvider.System.GetTimestamp();
            string verdict;
            try
            {
                verdict = Compare(load, card);
            }
            catch (Exception failure)
            {
                verdict = $"FAILED: {failure.GetType().Name}: {failure.Message}";
                Console.Error.WriteLine($"{load.Name}: {failure}");
            }
            same &= verdict.StartsWith("equal", StringComparison.Ordinal);
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine($"{load.Name, -20} {verdict}  ({seconds:F1} s)");
        }
        Console.WriteLine(same ? "all equal" : "NOT all equal");
        return same;
    }

    private static string Compare(Load load, Device card)
    {
        var (expected, lossesExpected) = Train(load, Device.Default);
        var (found, losses) = Train(load, card);
        var hash = Hash(expected);
        if (Hash(found) == hash && losses.SequenceEqual(lossesExpected))
        {
            return $"equal      {hash[..16]}";
        }
        foreach (var (own, other) in expected.Zip(found))
        {
            var (a, b) = (own.Value.ToArray(), other.Value.ToArray());
            int[] places = [.. Enumerable.Range(0, a.Length).Where(i => Bits(a[i]) != Bits(b[i]))];
            if (places is [var first, ..])
            {
                var most = places.Max(i => Math.Abs((double)a[i] - b[i]));
                return $"DIFFERENT  {own.Name} {own.Value.Shape}: {places.Length} of {a.Length}, by up to {most:E1}; "
                    + $"[{first}] {b[first]:R} instead of {a[first]:R}";
            }
        }
        return $"DIFFERENT  losses {string.Join(", ", losses)} instead of {string.Join(", ", lossesExpected)}";
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
