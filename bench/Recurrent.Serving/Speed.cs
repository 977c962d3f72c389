using System.Globalization;
using Recurrent.Decoding;
using Recurrent.Formats;

namespace Recurrent.Serving;

/// <summary>Characters a second over HTTP, beside what the same models do without.</summary>
internal static class Speed
{
    private const int Many = 64; // streams
    private const int Endless = 10_000_000; // characters of a text
    private const string LongTexts = "--max-tokens 10000000";
    private const int Rounds = 5;

    /// <summary>Bar 2: all streams together, beside the batch of streams in this process.</summary>
    public static Task TotalAsync(Bench bench)
    {
        foreach (var (kind, hidden) in Bench.Models)
        {
            using var server = bench.Serve([bench.FileOf(kind, hidden)], LongTexts);
            var batch = new BatchLoop(bench.Model(kind, hidden), Many);
            batch.Run(seconds: 2);
            var (own, ours, ratios, client, cores) = (
                new List<double>(),
                new List<double>(),
                new List<double>(),
                0.0,
                0.0
            );
            for (var round = 0; round < Rounds; round++)
            {
                own.Add(batch.Run(seconds: 1.5));
                using var load = Load(server, Many);
                load.Run(seconds: round == 0 ? 3 : 0.7);
                var (before, servers) = (Environment.CpuUsage.TotalTime, server.ProcessorTime);
                ours.Add(load.Run(seconds: 2).Sum());
                client += (Environment.CpuUsage.TotalTime - before).TotalSeconds / (2 * Rounds);
                cores += (server.ProcessorTime - servers).TotalSeconds / (2 * Rounds);
                ratios.Add(ours[^1] / own[^1]);
            }
            var (ratio, bound) = (Median.Of(ratios), kind == "lstm" ? 0.85 : 0.75);
            bench.Report(
                2,
                $"{Name(kind, hidden)}, {Many} streams over HTTP",
                $"{Bench.Rounded(Median.Of(ours))} characters/s, {Percent(ratio)} of the batch's own "
                    + $"{Bench.Rounded(Median.Of(own))} (server {cores:N2} cores, client {client:N2})",
                $"at least {Percent(bound)}",
                ratio >= bound
            );
        }
        return Task.CompletedTask;
    }

    /// <summary>Bar 3: the slowest of streams of mixed lengths.</summary>
    public static Task FairnessAsync(Bench bench)
    {
        int[] shares = [1, 2, 4, 10];
        using var server = bench.Serve([bench.FileOf("gru", 256)], LongTexts);
        foreach (var streams in (int[])[2, 17, 200])
        {
            // The fewer there are, the faster each is: the shortest lasts long enough for another program's turn not to
            // take half of it.
            var shortest = streams == 2 ? 25_000 : 5000;
            using var load = new StreamLoad(
                server.Address,
                streams,
                number =>
                    StreamLoad.Body(
                        number,
                        shortest * shares[number % shares.Length],
                        new string('a', number * 7 % 300)
                    )
            );
            load.Run(seconds: 3, pause: 2);
            load.Ended.Clear(); // the runtime has settled on its machine code by then
            load.Run(seconds: 5, pause: 2);
            // Those that still run count from where the gathering of their pieces makes no difference.
            List<double> rates = [.. load.Ended, .. load.Streams.Where(s => s.Characters > 2000).Select(s => s.Rate)];
            var slowest = rates.Min() / rates.Average();
            bench.Report(
                3,
                $"GRU 256, {streams} streams of {shortest:N0} to {10 * shortest:N0} characters, {rates.Count} texts",
                $"the slowest had {Percent(slowest)} of the mean rate of {Bench.Rounded(rates.Average())}",
                "at least 50%",
                slowest >= 0.5
            );
        }
        return Task.CompletedTask;
    }

    /// <summary>Bar 4: one stream beside <c>recurrent generate</c>.</summary>
    public static async Task OneStreamAsync(Bench bench)
    {
        foreach (var (kind, hidden) in Bench.Models)
        {
            var file = bench.FileOf(kind, hidden);
            using var server = bench.Serve([file], LongTexts);
            var characters = kind == "gru" ? 150_000 : 60_000;
            using (var warmUp = Load(server, 1))
            {
                warmUp.Run(seconds: 3);
            }
            var (own, ours, ratios) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                own.Add(await GenerateRateAsync(bench, file, characters));
                using var load = Load(server, 1);
                load.Run(seconds: 0.3);
                ours.Add(load.Run(seconds: 2)[0]);
                ratios.Add(ours[^1] / own[^1]);
            }
            var ratio = Median.Of(ratios);
            bench.Report(
                4,
                $"{Name(kind, hidden)}, one stream over HTTP",
                $"{Bench.Rounded(Median.Of(ours))} characters/s, {Percent(ratio)} of recurrent generate's "
                    + Bench.Rounded(Median.Of(own)),
                "at least 85%",
                ratio >= 0.85
            );
        }
    }

    /// <summary>Bar 5: a thousand streams beside 64.</summary>
    public static Task ManyStreamsAsync(Bench bench)
    {
        const int Most = 1000;
        const int FewRounds = 5;
        using var server = bench.Serve([bench.FileOf("gru", 256)], $"{LongTexts} --max-rows {Most}");
        using (var warmUp = Load(server, 1))
        {
            warmUp.Run(seconds: 1);
        }
        var idle = server.Memory;
        var (few, many, slowest) = (new List<double>(), new List<double>(), 1.0);
        for (var round = 0; round < FewRounds; round++)
        {
            using (var load = Load(server, Many))
            {
                load.Run(seconds: round == 0 ? 3 : 1);
                few.Add(load.Run(seconds: 3).Sum());
            }
            using (var load = Load(server, Most))
            {
                const int Pause = 80; // the client's looks at so many sockets would cost a third of a core
                load.Run(seconds: 2, Pause);
                var rates = load.Run(seconds: 4, Pause);
                many.Add(rates.Sum());
                slowest = Math.Min(slowest, rates.Min() / rates.Average());
            }
        }
        var ratio = Median.Of(many.Zip(few, (more, less) => more / less));
        var memory = server.PeakMemory - idle;
        bench.Report(
            5,
            $"GRU 256, {Most} streams",
            $"{Bench.Rounded(Median.Of(many))} characters/s, {Percent(ratio)} of {Many} streams' "
                + Bench.Rounded(Median.Of(few)),
            "at least 90%",
            ratio >= 0.9
        );
        bench.Report(5, "the slowest of them", $"{Percent(slowest)} of the mean rate", "at least 50%", slowest >= 0.5);
        bench.Report(5, "their memory", $"{memory:N0} MB above idle's {idle:N0}", "at most 150 MB", memory <= 150);
        return Task.CompletedTask;
    }

    /// <summary>Bar 6: PyTorch behind FastAPI, in turn.</summary>
    public static Task PeerAsync(Bench bench)
    {
        foreach (var (kind, hidden) in Bench.Models)
        {
            var file = bench.FileOf(kind, hidden);
            using var ours = bench.Serve([file], LongTexts);
            foreach (var gathering in (int[])[0, 10])
            {
                using var theirs = ServerProcess.Start(
                    new("/usr/bin/python3", ["bench/pytorch_server.py", file, "--gather", $"{gathering}"], [])
                );
                foreach (var (streams, bound) in (ReadOnlySpan<(int, int)>)[(1, 10), (Many, 5)])
                {
                    var (mine, their) = (new List<double>(), new List<double>());
                    for (var round = 0; round < 2; round++)
                    {
                        mine.Add(Rate(ours, streams));
                        their.Add(Rate(theirs, streams));
                    }
                    var ratio = Median.Of(mine.Zip(their, (a, b) => a / b));
                    bench.Report(
                        6,
                        $"{Name(kind, hidden)}, {streams} streams, PyTorch "
                            + (gathering > 0 ? $"gathering for {gathering} ms" : "with an event a character"),
                        $"{Bench.Rounded(Median.Of(mine))} to {Bench.Rounded(Median.Of(their))} characters/s, "
                            + $"{ratio:N1}×",
                        $"at least {bound}×",
                        ratio >= bound
                    );
                }
            }
        }
        return Task.CompletedTask;
    }

    private static double Rate(ServerProcess server, int streams)
    {
        using var load = Load(server, streams);
        load.Run(seconds: 0.7);
        var rate = load.Run(seconds: 1).Sum();
        return rate > 0 ? rate : throw new InvalidOperationException("Nothing came.");
    }

    private static StreamLoad Load(ServerProcess server, int streams) =>
        new(server.Address, streams, number => StreamLoad.Body(number, Endless));

    /// <summary>Characters a second of the command line, without its start.</summary>
    private static async Task<double> GenerateRateAsync(Bench bench, string file, int characters)
    {
        var start = await TimeAsync(1000);
        return characters / (await TimeAsync(characters + 1000) - start).TotalSeconds;

        async Task<TimeSpan> TimeAsync(int length)
        {
            var begin = TimeProvider.System.GetTimestamp();
            using var process = ServerProcess.Launch(
                bench.Command([
                    "generate",
                    file,
                    "--length",
                    length.ToString(CultureInfo.InvariantCulture),
                    "--temperature",
                    "0.8",
                ])
            );
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return TimeProvider.System.GetElapsedTime(begin);
        }
    }

    private static string Name(string kind, int hidden) => $"{kind.ToUpperInvariant()} {hidden}";

    private static string Percent(double part) => $"{100 * part:N0}%";

    /// <summary>The batch of streams by itself, on as many threads as the server's.</summary>
    private sealed class BatchLoop
    {
        private readonly StreamBatch _batch;

        public BatchLoop(TrainedModel trained, int streams)
        {
            _batch = new StreamBatch(trained.Model.CreateDecoder(), trained.Codec, streams);
            for (var seed = 0; seed < streams; seed++)
            {
                _batch.Admit(
                    trained.Codec.EncodePrompt(""),
                    new()
                    {
                        Length = int.MaxValue,
                        Sampling = new() { Temperature = 0.8, Seed = seed },
                    }
                );
            }
        }

        /// <summary>Characters a second.</summary>
        public double Run(double seconds)
        {
            var (start, characters) = (TimeProvider.System.GetTimestamp(), 0L);
            while (TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds)
            {
                characters += _batch.Step().Count;
            }
            return characters / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }
    }
}
