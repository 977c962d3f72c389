using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Tests.Serving;
using Recurrent.Cli.Tests.Support;

namespace Recurrent.Cli.Tests.Commands;

/// <summary><c>recurrent serve</c> as a process that others watch and load.</summary>
public sealed class ServeLoadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ServeLoadTests() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "There are no signals here.");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    /// <summary>bench/Recurrent.Reliability does it a hundred times as long, see docs/reliability.md.</summary>
    [Fact]
    public async Task Random_requests_are_answered_and_counted_whatever_happens()
    {
        byte[][] versions =
        [
            .. ((string[])["gru", "lstm", "lstm-bytes"]).Select(name =>
                File.ReadAllBytes(OldFiles.PathOf($"{name}.safetensors"))
            ),
        ];
        var load = new RandomLoad(_folder.Path, versions, seed: 1);
        await load.RunAsync(2_000, TimeSpan.FromMinutes(2), TestContext.Current.SendDiagnosticMessage);
        Assert.Empty(load.Problems);
    }

    [Fact]
    public async Task A_collector_that_the_environment_names_gets_metrics_and_spans()
    {
        using var collector = new Collector();
        using var server = await ServedProcess.StartAsync(
            [OldFiles.PathOf("gru.safetensors")],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "my-server")
        );
        using var content = new StringContent("""{"prompt": "secret", "max_tokens": 5}""");
        using var response = await server.Client.PostAsync("/v1/completions", content, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await server.SignalAsync("TERM");
        Assert.Equal(ExitCode.Success, await server.EndAsync()); // at which it sends what it has not sent yet
        var (metrics, spans) = (collector.Texts["/v1/metrics"], collector.Texts["/v1/traces"]);
        Assert.All(
            (string[])["my-server", "Recurrent.Server", "recurrent.completion.tokens", "recurrent.rows.running", "gru"],
            name => Assert.Contains(name, metrics)
        );
        Assert.All(
            (string[])["my-server", "POST /v1/completions", "http.route", "gen_ai.usage.output_tokens"],
            name => Assert.Contains(name, spans)
        );
        Assert.DoesNotContain("secret", metrics + spans);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_holds_up_nothing()
    {
        using var server = await ServedProcess.StartAsync(
            [OldFiles.PathOf("gru.safetensors"), "--drain", "0"],
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
        );
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/health", Cancelled)).StatusCode);
        await server.SignalAsync("TERM");
        Assert.Equal(ExitCode.Success, await server.EndAsync());
        Assert.Empty(server.Errors);
    }

    /// <summary>Takes what is posted, as text: in protocol buffers names stand as they are.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Collector()
        {
            using (var port = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                port.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)port.LocalEndpoint).Port}";
            }
            _listener.Prefixes.Add($"{Address}/");
            _listener.Start();
            _ = ListenAsync();
        }

        public string Address { get; }

        public ConcurrentDictionary<string, string> Texts { get; } = new();

        public void Dispose() => _listener.Close();

        private async Task ListenAsync()
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var text = Encoding.Latin1.GetString(body.ToArray());
                Texts.AddOrUpdate(context.Request.Url!.AbsolutePath, text, (_, before) => before + text);
                context.Response.Close();
            }
        }
    }
}
