using System.Text.Json.Nodes;

namespace Recurrent.Serving;

/// <summary>What happens where a client, or the server, goes away.</summary>
internal static class Ends
{
    private const int Endless = 10_000_000;

    /// <summary>Bar 9: from the close of a connection to a server at rest.</summary>
    public static async Task ClosingAsync(Bench bench)
    {
        const int Times = 10;
        using var server = bench.Serve([bench.FileOf("gru", 256)], $"--max-tokens {Endless} --max-rows 1");
        var prompt = new string('a', 1_000_000);
        var phases = new (string Name, string Body, int Before)[]
        {
            ("in the queue", StreamLoad.Body(1, Endless), 1),
            ("at its prompt", StreamLoad.Body(1, 10, prompt), 0),
            ("while it streams", StreamLoad.Body(1, Endless), 0),
            ("before a whole answer", Whole(), 0),
            ("unread, so that its text waits", Unread(), 0),
        };
        foreach (var (name, body, before) in phases)
        {
            var times = new List<double>();
            for (var time = 0; time < Times; time++)
            {
                using var first = before > 0 ? Ask(server, StreamLoad.Body(2, Endless)) : null;
                await UntilAsync(() => server.Metric("recurrent_rows_running") == before);
                var aborted = server.Metric("recurrent_aborted_requests_total");
                var stream = new EventStream(server.Address, receiveBuffer: 4096);
                stream.Ask(body);
                await UntilAsync(() => IsThere(name));
                var start = TimeProvider.System.GetTimestamp();
                stream.Dispose();
                await UntilAsync(() =>
                    server.Metric("recurrent_aborted_requests_total") == aborted + 1
                    && server.Metric("recurrent_rows_waiting") == 0
                    && server.Metric("recurrent_rows_running") == before
                );
                times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
                first?.Dispose();
                await UntilAsync(() => server.Metric("recurrent_rows_running") == 0);
            }
            bench.Report(
                9,
                $"closed {name}, {Times} times",
                $"at rest after {Median.Of(times):N1} ms, at most {times.Max():N1}",
                "at most 50 ms",
                times.Max() <= 50
            );
        }

        bool IsThere(string phase) =>
            phase switch
            {
                "in the queue" => server.Metric("recurrent_rows_waiting") == 1,
                "unread, so that its text waits" => server.Metric("recurrent_steps_total") is var steps
                    && server.Metric("recurrent_rows_running") == 0
                    && server.Metric("recurrent_steps_total") == steps,
                _ => server.Metric("recurrent_rows_running") == 1,
            };
    }

    /// <summary>Bar 10: from SIGTERM to the end.</summary>
    public static async Task EndingAsync(Bench bench)
    {
        const int Streams = 100;
        foreach (var drain in (int[])[0, 1])
        {
            using var server = bench.Serve([bench.FileOf("gru", 256)], $"--max-tokens {Endless} --drain {drain}");
            using var load = new StreamLoad(server.Address, Streams, number => StreamLoad.Body(number, Endless));
            load.Run(seconds: 1);
            var ending = server.EndAsync("TERM");
            var buffer = new byte[1 << 16];
            while (load.Streams.Any(stream => !stream.HasEnded))
            {
                foreach (var stream in load.Streams.Where(stream => !stream.HasEnded))
                {
                    stream.Poll(buffer);
                }
                await Task.Delay(1);
            }
            var (time, code) = await ending;
            var told = load.Streams.Count(stream => stream.HasFailed);
            var falsely = load.Streams.Count(stream => stream is { IsWhole: true, HasReason: false, HasFailed: false });
            bench.Report(
                10,
                $"SIGTERM with {Streams} streams and --drain {drain}",
                $"ended with {code} after {time.TotalSeconds:N2} s; {told} streams were told, "
                    + $"{falsely} ended as if whole",
                $"at most {drain + 0.5:N1} s, 0",
                time.TotalSeconds <= drain + 0.5 && code == 0 && falsely == 0
            );
        }
    }

    private static string Whole() => With("stream", false);

    private static string Unread() => With("logprobs", 5);

    private static string With(string field, JsonNode value)
    {
        var body = JsonNode.Parse(StreamLoad.Body(1, Endless))!.AsObject();
        body[field] = value;
        return body.ToJsonString();
    }

    private static EventStream Ask(ServerProcess server, string body)
    {
        var stream = new EventStream(server.Address);
        stream.Ask(body);
        return stream;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (TimeProvider.System.GetElapsedTime(start).TotalSeconds > 20)
            {
                throw new InvalidOperationException("The server did not come to where it should.");
            }
            await Task.Delay(1);
        }
    }
}
