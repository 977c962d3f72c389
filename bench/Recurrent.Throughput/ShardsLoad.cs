using System.Text.Json.Nodes;
using Recurrent.Training;

namespace Recurrent.Throughput;

/// <summary>Trainings of one model that differ in their shards alone, in turn: what shards cost.</summary>
internal static class ShardsLoad
{
    private const int Rounds = 15;
    private const int Outside = 3; // rounds below and above the interval: 96.5% by the sign test
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(0.2);

    /// <summary>
    /// The speed of each number of shards divided by the first's in the same round, as [low, median, high].
    /// </summary>
    public static JsonObject Measure(Load load, int batch, int steps, IReadOnlyList<int> shards)
    {
        // Two of each, because the trainings that are made first are faster by some percent.
        var trainings = shards
            .Concat(shards.Reverse())
            .Select(count => load.Epochs(batch, steps, count).GetEnumerator())
            .ToList();
        trainings.ForEach(training => SpeedOf(training, s_warmUp));
        var speeds = shards.Select(_ => new double[Rounds]).ToList();
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < trainings.Count; i++)
            {
                var place = round % 2 == 0 ? i : trainings.Count - 1 - i;
                speeds[Math.Min(place, trainings.Count - 1 - place)][round] += SpeedOf(trainings[place], s_slice) / 2;
            }
        }
        var result = new JsonObject { ["perSecond"] = Math.Round(Median.Of(speeds[0])) };
        for (var i = 1; i < shards.Count; i++)
        {
            double[] ratios = [.. speeds[i].Zip(speeds[0], (speed, first) => speed / first).Order()];
            double[] interval = [ratios[Outside], Median.Of(ratios), ratios[^(Outside + 1)]];
            result[$"{shards[i]}"] = new JsonArray([.. interval.Select(one => (JsonNode)Math.Round(one, 3))]);
        }
        trainings.ForEach(training => training.Dispose());
        return result;
    }

    private static double SpeedOf(IEnumerator<EpochReport> training, TimeSpan least)
    {
        var (tokens, time) = (0L, TimeSpan.Zero);
        while (time < least)
        {
            training.MoveNext();
            tokens += training.Current.Tokens;
            time += training.Current.Elapsed;
        }
        return tokens / time.TotalSeconds;
    }
}
