using System.Text.Json.Nodes;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Gpu;

/// <summary>Tokens a second of trainings, clipping and update included.</summary>
internal static class Speed
{
    private const double EpochSeconds = 0.4;
    private const double MostSeconds = 12; // of one row on one device
    private const int Slices = 5;

    /// <summary>Measures each row, first on the card and then on the processor.</summary>
    public static void Measure(string[] names)
    {
        Device[] devices = [new GpuDevice(Programs.Open()), Device.Default];
        foreach (var device in devices)
        {
            foreach (var load in Load.Of(Load.Rows, names))
            {
                var result = new JsonObject { ["name"] = load.Name, ["device"] = device.Name };
                try
                {
                    var speeds = Of(load, device);
                    result["perSecond"] = speeds[speeds.Count / 2];
                    result["all"] = new JsonArray([.. speeds.Select(speed => JsonValue.Create(speed))]);
                }
                catch (Exception failure)
                {
                    result["failure"] = $"{failure.GetType().Name}: {failure.Message}";
                }
                Console.WriteLine(result.ToJsonString());
            }
        }
    }

    /// <summary>
    /// Tokens a second of several stretches, in order of size, after epochs that double until one is long enough: by
    /// then the host's part of a step, too, has been compiled for good.
    /// </summary>
    private static List<double> Of(Load load, Device device)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (minibatches, seconds) = (1, 0.0);
        while (seconds < EpochSeconds && Elapsed() < MostSeconds / 2)
        {
            minibatches *= 2;
            using var epochs = load.On(device, minibatches, epochs: 1).Trainer.Run().GetEnumerator();
            epochs.MoveNext();
            seconds = epochs.Current.Elapsed.TotalSeconds;
        }
        using var run = load.On(device, minibatches, TrainerOptions.MaxEpochs).Trainer.Run().GetEnumerator();
        Next(run);
        List<double> speeds = [];
        while (speeds.Count < Slices && (speeds.Count == 0 || Elapsed() < MostSeconds))
        {
            speeds.Add(Next(run));
        }
        speeds.Sort();
        return speeds;

        double Elapsed() => TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static double Next(IEnumerator<EpochReport> epochs)
    {
        epochs.MoveNext();
        return epochs.Current.Tokens / epochs.Current.Elapsed.TotalSeconds;
    }
}
