using System.Net;
using System.Net.Sockets;

namespace Recurrent.Serving;

/// <summary>A server that begins, and one that has nothing to do.</summary>
internal static class Rest
{
    /// <summary>Bar 11: the processor time of an idle server.</summary>
    public static async Task IdleAsync(Bench bench)
    {
        const int Connections = 100;
        const double Seconds = 10;
        using var server = bench.Serve([bench.FileOf("gru", 256), bench.FileOf("lstm", 512), bench.FileOf("gru", 512)]);
        var body = StreamLoad.Body(1, 100).Insert(1, "\"model\": \"gru256\", ");
        using var load = new StreamLoad(server.Address, Connections, _ => body);
        var buffer = new byte[1 << 16];
        while (load.Streams.Any(stream => !stream.HasEnded))
        {
            foreach (var stream in load.Streams)
            {
                stream.Poll(buffer);
            }
            await Task.Delay(1);
        }
        await Task.Delay(3000);
        var before = server.ProcessorTime;
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        var share = (server.ProcessorTime - before).TotalSeconds / Seconds;
        bench.Report(
            11,
            $"idle with three models and {Connections} open connections",
            $"{100 * share:N2}% of a core",
            "below 1%",
            share < 0.01
        );
    }

    /// <summary>Bar 15: from the process's start to ready.</summary>
    public static async Task StartAsync(Bench bench)
    {
        const int Times = 7;
        var file = bench.FileOf("gru", 512);
        var times = new List<double>();
        using var client = new HttpClient();
        for (var time = 0; time < Times; time++)
        {
            var ready = new Uri($"http://127.0.0.1:{FreePort()}/health/ready");
            var start = TimeProvider.System.GetTimestamp();
            using var process = ServerProcess.Launch(bench.Command(["serve", file, "--port", $"{ready.Port}"]));
            while (!await IsReadyAsync(ready))
            {
                await Task.Delay(1);
            }
            times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            process.Kill();
            await process.WaitForExitAsync();
        }
        bench.Report(
            15,
            $"ready with a model of {new FileInfo(file).Length / 1e6:N1} MB, {Times} times",
            $"{Median.Of(times):N0} ms ({times.Min():N0} to {times.Max():N0})",
            "at most 500 ms",
            Median.Of(times) <= 500
        );

        async Task<bool> IsReadyAsync(Uri ready)
        {
            try
            {
                using var response = await client.GetAsync(ready);
                return response.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
