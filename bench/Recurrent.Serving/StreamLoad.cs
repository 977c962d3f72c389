using System.Text.Json.Nodes;

namespace Recurrent.Serving;

/// <summary>Streams side by side, each of which asks again when its text has ended. One thread reads all.</summary>
internal sealed class StreamLoad : IDisposable
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Func<int, string> _bodyOf;
    private int _asked;

    /// <summary>Begins as many streams.</summary>
    /// <param name="server">Where.</param>
    /// <param name="streams">How many.</param>
    /// <param name="bodyOf">The request of a number.</param>
    public StreamLoad(Uri server, int streams, Func<int, string> bodyOf)
    {
        _bodyOf = bodyOf;
        Streams = [.. Enumerable.Range(0, streams).Select(_ => new EventStream(server))];
        foreach (var stream in Streams)
        {
            stream.Ask(bodyOf(_asked++));
        }
    }

    /// <summary>The streams.</summary>
    public IReadOnlyList<EventStream> Streams { get; }

    /// <summary>The rates of texts that have ended, in characters a second.</summary>
    public List<double> Ended { get; } = [];

    /// <summary>A request to write long texts.</summary>
    public static string Body(int seed, int length, string prompt = "") =>
        new JsonObject
        {
            ["prompt"] = prompt,
            ["max_tokens"] = length,
            ["temperature"] = 0.8,
            ["seed"] = seed,
            ["stream"] = true,
        }.ToJsonString();

    /// <summary>Reads for a while.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="pause">Milliseconds from one look at the sockets to the next.</param>
    /// <returns>The characters that came a second, of each stream.</returns>
    public double[] Run(double seconds, int pause = 5)
    {
        var start = TimeProvider.System.GetTimestamp();
        var before = Array.ConvertAll([.. Streams], stream => stream.Characters);
        while (TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds)
        {
            for (var i = 0; i < Streams.Count; i++)
            {
                var stream = Streams[i];
                stream.Poll(_buffer);
                if (stream.HasEnded)
                {
                    before[i] -= stream.Characters;
                    AskAgain(stream);
                }
            }
            Thread.Sleep(pause);
        }
        var time = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return [.. Streams.Select((stream, i) => (stream.Characters - before[i]) / time)];
    }

    public void Dispose()
    {
        foreach (var stream in Streams)
        {
            stream.Dispose();
        }
    }

    private void AskAgain(EventStream stream)
    {
        if (!stream.HasReason)
        {
            throw new InvalidOperationException("A text ended without a reason.");
        }
        Ended.Add(stream.Rate);
        stream.Ask(_bodyOf(_asked++));
    }
}
