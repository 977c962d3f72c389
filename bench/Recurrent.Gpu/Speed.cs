using System.Text.Json.Nodes;
using Recurrent.Tensors;
using Recurrent.Training;

namespace Recurrent.Gpu;

/// <summary>Tokens a second of trainings, clipping and update included.</summary>
internal static class Speed
{
    private const double EpochSeconds = 0.4;
    private const double WarmUpSeconds = 1.5;
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

    /// <summary>Tokens a second of several stretches after warming up, in order of size.</summary>
    private static List<double> Of(Load load, Device device)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var first = load.On(device, minibatches: 2, TrainerOptions.MaxEpochs).Trainer.Run().GetEnumerator();
        var rate = Next(first); // with what is compiled at first
        for (var i = 0; i < 10 && Elapsed() < WarmUpSeconds; i++)
        {
            rate = Next(first);
        }
        var tokens = load.Options.BatchSize * load.Options.Steps;
        var minibatches = Math.Max(1, (int)(rate * EpochSeconds / tokens));
        using var run = load.On(device, minibatches, TrainerOptions.MaxEpochs).Trainer.Run().GetEnumerator();
        for (var i = 0; i < 3 && Elapsed() < 2 * WarmUpSeconds; i++)
        {
            Next(run);
        }
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
