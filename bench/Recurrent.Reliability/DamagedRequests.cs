using System.Diagnostics;
using System.Net;
using System.Text;
using Recurrent.Randomness;
using Recurrent.Server.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Reliability;

/// <summary>
/// A server whose requests are damaged, bodies and headers, refuses them in one form, never by a status of its own
/// fault, and goes on as if nothing had been.
/// </summary>
internal static class DamagedRequests
{
    private const int Together = 8;
    private const string Body = """{"prompt": "the ", "max_tokens": 100, "seed": 1}""";

    public static async Task<int> RunAsync(int count, long seed)
    {
        var model = Repository.PathOf("tests/Recurrent.Cli.Tests/Fixtures/gru.safetensors");
        var cli = Path.Combine(AppContext.BaseDirectory, "Recurrent.Cli.dll");
        var start = new ProcessStartInfo(
            "dotnet",
            [cli, "serve", model, "--port", "0", "--chat", "--max-tokens", "1000"]
        )
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var line = await process.StandardOutput.ReadLineAsync();
            var address = new Uri(line!.Split(" at ")[1].Split(',')[0]);
            using var client = new HttpClient { BaseAddress = address };
            var expected = await TextAsync(client);
            var (statuses, wrong, next) = (new int[600], 0, -1);
            async Task SendAsync()
            {
                var server = new IPEndPoint(IPAddress.Loopback, address.Port);
                while (Interlocked.Increment(ref next) is var i && i < count)
                {
                    var request = DamagedRequest.Make(new RandomStream(seed, (ulong)i));
                    var (answers, fault) = await DamagedRequest.SendAsync(server, request, CancellationToken.None);
                    foreach (var status in answers)
                    {
                        Interlocked.Increment(ref statuses[status]);
                    }
                    if (fault is null && i % 100 == 0 && await TextAsync(client) != expected)
                    {
                        fault = "another text than before";
                    }
                    if (fault is not null)
                    {
                        Interlocked.Increment(ref wrong);
                        Console.WriteLine($"request {i}: {fault}\n{Encoding.Latin1.GetString(request)}\n");
                    }
                }
            }

            await Task.WhenAll(Enumerable.Range(0, Together).Select(_ => Task.Run(SendAsync)));
            foreach (var (status, answers) in statuses.Index().Where(pair => pair.Item > 0))
            {
                Console.WriteLine($"{status}: {answers:#,0} answers");
            }
            process.Refresh();
            Console.WriteLine($"{count:#,0} requests: {wrong:#,0} wrong; {process.PeakWorkingSet64 >> 20} MB at most");
            return wrong == 0 ? 0 : 1;
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>The text of a request that is as it should be.</summary>
    private static async Task<string> TextAsync(HttpClient client)
    {
        using var content = new StringContent(Body);
        using var response = await client.PostAsync("/v1/completions", content);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadAsStringAsync()).Split("\"choices\"")[1];
    }
}
