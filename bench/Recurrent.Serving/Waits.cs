namespace Recurrent.Serving;

/// <summary>How long those wait who come to a server at work, and those who are there already.</summary>
internal static class Waits
{
    /// <summary>Bar 7: the time to a first character.</summary>
    public static async Task FirstCharacterAsync(Bench bench)
    {
        const int Streams = 32;
        const int Probes = 300;
        using var server = bench.Serve([bench.FileOf("gru", 256)], "--max-tokens 10000000");
        using var load = new StreamLoad(server.Address, Streams, number => StreamLoad.Body(number, 10_000_000));
        load.Run(seconds: 3);
        var (steps, start) = (server.Metric("recurrent_steps_total"), TimeProvider.System.GetTimestamp());
        using var end = new CancellationTokenSource();
        var waiting = Task.Run(() => ProbeAsync(server, Probes));
        while (!waiting.IsCompleted)
        {
            load.Run(seconds: 0.05);
        }
        var step =
            TimeProvider.System.GetElapsedTime(start).TotalMilliseconds
            / (server.Metric("recurrent_steps_total") - steps);
        var times = await waiting;
        var (last, bound) = (Bench.Quantile(times, 0.99), (100 * step) + 20);
        bench.Report(
            7,
            $"first character of a prompt of 100 beside {Streams} streams, GRU 256, {Probes} times",
            $"p50 {Median.Of(times):N1} ms, p99 {last:N1} ms, steps of {step:N2} ms",
            $"at most {bound:N1} ms",
            last <= bound
        );
    }

    /// <summary>Bar 8: streams beside a prompt of a million characters.</summary>
    public static async Task LongPromptAsync(Bench bench)
    {
        const int Streams = 16;
        using var server = bench.Serve([bench.FileOf("gru", 256)], "--max-tokens 10000000");
        using var load = new StreamLoad(server.Address, Streams, number => StreamLoad.Body(number, 10_000_000));
        load.Run(seconds: 3);
        var before = Gaps(load);
        using var reader = new EventStream(server.Address);
        var asking = Task.Run(() => reader.Ask(StreamLoad.Body(seed: 1, length: 1, new string('a', 1_000_000))));
        var beside = Gaps(load);
        await asking;
        var rows = server.Metric("recurrent_rows_running");
        var (alone, last) = (Bench.Quantile(before, 0.99), Bench.Quantile(beside, 0.99));
        bench.Report(
            8,
            $"gaps of {Streams} streams, GRU 256, beside a prompt of 1,000,000 characters ({rows} rows)",
            $"p99 {last:N1} ms against {alone:N1} without (longest {beside.Max():N1} and {before.Max():N1})",
            "at most 20% more",
            last <= 1.2 * alone && rows == Streams + 1
        );
    }

    private static List<double> Gaps(StreamLoad load)
    {
        foreach (var stream in load.Streams)
        {
            stream.Gaps = [];
        }
        load.Run(seconds: 8, pause: 1);
        return [.. load.Streams.SelectMany(stream => stream.Gaps!)];
    }

    private static async Task<List<double>> ProbeAsync(ServerProcess server, int probes)
    {
        var times = new List<double>();
        for (var probe = 0; probe < probes; probe++)
        {
            using var stream = new EventStream(server.Address);
            var start = TimeProvider.System.GetTimestamp();
            stream.Ask(StreamLoad.Body(seed: probe, length: 5, new string('b', 100)));
            stream.WaitForText();
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(20 + (probe % 10));
        }
        return times;
    }
}
