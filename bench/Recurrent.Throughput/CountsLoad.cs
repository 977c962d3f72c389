using System.Text.Json.Nodes;
using Recurrent.Decoding;
using Recurrent.Formats;
using Recurrent.Models;
using Recurrent.Models.Counts;
using Recurrent.Tensors;

namespace Recurrent.Throughput;

/// <summary>A network alone and with the counts of a text: what counting, keeping and writing with them cost.</summary>
internal static class CountsLoad
{
    private const int CharactersPerTurn = 300;
    private const int Turns = 3;

    public static JsonObject Measure(string path, string text, int streams, int? threads)
    {
        var trained = TrainedModel.Load(path, device: Device.Cpu(threads)).WithoutCounts();
        var tokens = trained.Codec.Encode(File.ReadAllText(text));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (counts, counting) = Timed(() => NGramModel.Count(tokens, trained.Codec.Vocabulary.Count));
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        var hybrid = new TrainedModel(new MixedModel(trained.Model, counts), trained.Codec, trained.Training);
        var (alone, file) = (FileOf(trained), FileOf(hybrid));
        var (_, loadingAlone) = Timed(() => TrainedModel.Load(new MemoryStream(alone)));
        var (_, loading) = Timed(() => TrainedModel.Load(new MemoryStream(file)));
        var speeds = Enumerable.Range(0, Turns).Select(_ => (Alone: Speed(trained), Hybrid: Speed(hybrid))).ToList();
        return new()
        {
            ["order"] = counts.Order,
            ["entries"] = counts.Entries,
            ["countingSeconds"] = counting.TotalSeconds,
            ["memoryBytes"] = bytes,
            ["fileBytes"] = file.Length - alone.Length,
            ["loadingSeconds"] = (loading - loadingAlone).TotalSeconds,
            ["alonePerSecond"] = Median.Of(speeds.Select(speed => speed.Alone)),
            ["hybridPerSecond"] = Median.Of(speeds.Select(speed => speed.Hybrid)),
            ["ratio"] = Median.Of(speeds.Select(speed => speed.Hybrid / speed.Alone)),
        };

        double Speed(TrainedModel model)
        {
            var generator = new TextGenerator(model.Model, model.Codec);
            var prompts = new string[streams];
            Array.Fill(prompts, "");
            return SteadySpeed.Measure(() =>
            {
                var (_, time) = Timed(() => generator.GenerateAll(prompts, CharactersPerTurn));
                return (streams * CharactersPerTurn, time);
            });
        }
    }

    private static byte[] FileOf(TrainedModel trained)
    {
        using var stream = new MemoryStream();
        trained.Save(stream);
        return stream.ToArray();
    }

    private static (T Result, TimeSpan Time) Timed<T>(Func<T> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        var result = work();
        return (result, TimeProvider.System.GetElapsedTime(start));
    }
}
