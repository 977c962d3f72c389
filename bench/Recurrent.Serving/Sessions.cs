using System.Text.Json.Nodes;
using Recurrent.Randomness;

namespace Recurrent.Serving;

/// <summary>Bar 14: what sessions cost, and that a text is the same wherever it is cut.</summary>
internal static class Sessions
{
    private const int Length = 1000;

    public static async Task RunAsync(Bench bench)
    {
        using (var server = bench.Serve([bench.FileOf("lstm", 512)]))
        {
            await TimeAsync(bench, server);
        }
        using (var server = bench.Serve([bench.FileOf("gru", 256)]))
        {
            await CutAsync(bench, server);
        }
    }

    private static async Task TimeAsync(Bench bench, ServerProcess server)
    {
        const int Times = 200;
        var (forks, rewinds) = (new List<double>(), new List<double>());
        var session = await BeginAsync(server, new string('a', Length));
        for (var time = 0; time < Times; time++)
        {
            var start = TimeProvider.System.GetTimestamp();
            var fork = JsonNode.Parse(await server.PostAsync("{}", $"v1/sessions/{session}/fork"))!;
            forks.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            var copy = (string)fork["data"]![0]!["id"]!;
            var to = RandomStream.Batching(1).Below(Length, (ulong)time) + 1;
            start = TimeProvider.System.GetTimestamp();
            await server.PostAsync($$"""{"to": {{to}}}""", $"v1/sessions/{copy}/rewind");
            rewinds.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        Report("a session forked", forks, 1);
        Report($"rewound to any of {Length:N0} tokens", rewinds, 5);

        void Report(string what, List<double> times, int bound) =>
            bench.Report(
                14,
                $"{what}, LSTM 512, request and answer",
                $"p50 {Median.Of(times):N2} ms, p90 {Bench.Quantile(times, 0.9):N2}",
                $"at most {bound} ms",
                Median.Of(times) <= bound
            );
    }

    private static async Task CutAsync(Bench bench, ServerProcess server)
    {
        var whole = await WriteAsync(server, await BeginAsync(server, "ab"), Length);
        var same = 0;
        await Parallel.ForAsync(
            0,
            Length,
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (place, _) =>
            {
                var session = await BeginAsync(server, "ab");
                var text = await WriteAsync(server, session, place);
                text += await WriteAsync(server, session, Length - place);
                Interlocked.Add(ref same, text == whole ? 1 : 0);
            }
        );
        bench.Report(
            14,
            $"a text of {Length:N0} characters cut at each place, GRU 256",
            $"{same} of {Length:N0} texts",
            "the uncut text",
            same == Length
        );
    }

    private static async Task<string> BeginAsync(ServerProcess server, string prompt)
    {
        var body = new JsonObject
        {
            ["prompt"] = prompt,
            ["temperature"] = 0.8,
            ["seed"] = 5,
        };
        return (string)JsonNode.Parse(await server.PostAsync(body.ToJsonString(), "v1/sessions"))!["id"]!;
    }

    private static async Task<string> WriteAsync(ServerProcess server, string session, int length)
    {
        var body = new JsonObject { ["session"] = session, ["max_tokens"] = length };
        return (string)JsonNode.Parse(await server.PostAsync(body.ToJsonString()))!["choices"]![0]!["text"]!;
    }
}
