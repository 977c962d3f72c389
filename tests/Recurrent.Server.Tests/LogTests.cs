using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Server.Telemetry;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>What is told of requests.</summary>
public sealed class LogTests
{
    // More than the buffers on the way hold.
    private const string Long = """{"stream": true, "max_tokens": 100000, "logprobs": 5}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_one_line_without_its_text()
    {
        await using var server = await TestServer.StartAsync("gru");
        var answer = await server.CompleteAsync(
            new()
            {
                ["prompt"] = "secret",
                ["max_tokens"] = 7,
                ["n"] = 2,
            }
        );
        var line = $"{await NextAsync(server)}";
        Assert.Matches(
            @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 200 POST /v1/completions model=gru "
                + @"prompt_tokens=6 completion_tokens=14 ms=\d+\.\d id=req-[0-9a-f]{16}$",
            line
        );
        Assert.Equal(14, (int)answer["usage"]!["completion_tokens"]!);
        await server.PostAsync("/v1/score", """{"lines": ["secret", "a"]}""");
        Assert.Contains(
            " 200 POST /v1/score model=gru prompt_tokens=7 completion_tokens=0 ",
            $"{await NextAsync(server)}"
        );
        await server.PostAsync("/v1/completions", "{");
        Assert.Matches(@"Z 400 POST /v1/completions ms=\d+\.\d id=req-", $"{await NextAsync(server)}");
    }

    [Fact]
    public async Task Json_has_the_same()
    {
        await using var server = await TestServer.StartAsync("gru");
        await server.CompleteAsync(new() { ["prompt"] = "secret", ["max_tokens"] = 7 });
        var json = JsonNode.Parse((await NextAsync(server)).ToJson())!.AsObject();
        Assert.Equal(
            ["time", "status", "method", "route", "model", "prompt_tokens", "completion_tokens", "ms", "id"],
            json.Select(field => field.Key)
        );
        Assert.Equal(
            (200, "POST", "/v1/completions", "gru", 6, 7),
            (
                (int)json["status"]!,
                (string)json["method"]!,
                (string)json["route"]!,
                (string)json["model"]!,
                (int)json["prompt_tokens"]!,
                (int)json["completion_tokens"]!
            )
        );
        Assert.InRange(
            (DateTimeOffset)json["time"]!,
            TimeProvider.System.GetUtcNow().AddMinutes(-1),
            DateTimeOffset.MaxValue
        );
    }

    [Theory]
    [InlineData("GET /secret%0Aline HTTP/1.1", "404 GET other")]
    [InlineData("SECRET /v1/models HTTP/1.1", "405 other other")]
    [InlineData("GET /v1/models/secret%0Aline HTTP/1.1", "404 GET /v1/models/{model}")]
    public async Task Nothing_of_it_is_in_the_clients_own_words(string request, string told)
    {
        await using var server = await TestServer.StartAsync("gru");
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port, Cancelled);
        var text = $"{request}\r\nHost: localhost\r\nX-Request-Id: secret line\r\nConnection: close\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancelled);
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith($"HTTP/1.1 {told[..3]} ", await reader.ReadToEndAsync(Cancelled));
        var line = $"{await NextAsync(server)}";
        Assert.Contains($" {told} ms=", line);
        Assert.DoesNotContain("secret", line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void A_models_name_is_one_word_of_the_line()
    {
        var record = new RequestRecord("id", "POST") { Status = 200 };
        record.Begin(new("a b\nc", TestServer.Load("gru")) { Fingerprint = "f", Created = 1 }, new Job());
        record.End(default, TimeSpan.FromMilliseconds(1.25));
        Assert.Equal(
            "0001-01-01T00:00:00.000Z 200 POST other model=a_b_c prompt_tokens=3 completion_tokens=0 ms=1.3 id=id",
            $"{record}"
        );
        Assert.Equal("a b\nc", (string)JsonNode.Parse(record.ToJson())!["model"]!);
    }

    [Fact]
    public async Task What_is_asked_every_few_seconds_is_not_told_unless_it_fails()
    {
        await using var server = await TestServer.StartAsync("gru");
        foreach (var path in (string[])["/health", "/health/live", "/health/ready", "/metrics"])
        {
            await server.GetAsync(path);
        }
        await server.GetAsync("/v1/models");
        Assert.Equal("/v1/models", (await NextAsync(server)).RoutePath);
        await server.PostAsync("/health", "");
        Assert.Equal(405, (await NextAsync(server)).Status);
    }

    [Fact]
    public async Task What_was_written_for_a_client_that_has_gone_is_told_and_counted_apart()
    {
        await using var server = await TestServer.StartAsync("gru");
        using var leaving = new CancellationTokenSource();
        await using (var events = await server.EventsAsync(Long, leaving.Token))
        {
            using var reader = new StreamReader(events);
            await reader.ReadLineAsync(Cancelled);
            await leaving.CancelAsync();
        }
        var record = await NextAsync(server);
        Assert.Equal((RequestRecord.Gone, "gru"), (record.Status, record.Model?.Name));
        Assert.InRange(record.CompletionTokens, 1, 99_999);
        Assert.Equal(
            record.CompletionTokens,
            await server.MetricAsync("recurrent_dropped_tokens_total{model=\"gru\"}")
        );
        Assert.Equal(1, await server.MetricAsync("recurrent_aborted_requests_total"));
        Assert.Equal(0, await server.MetricAsync("recurrent_completion_tokens_total{model=\"gru\"}"));
    }

    [Fact]
    public async Task A_stream_that_the_server_breaks_off_has_the_status_of_its_error()
    {
        await using var server = await TestServer.StartAsync("gru");
        await using var events = await server.EventsAsync(Long, Cancelled);
        using var reader = new StreamReader(events);
        await reader.ReadLineAsync(Cancelled);
        await server.StopAsync(TimeSpan.Zero);
        Assert.Equal(503, (await NextAsync(server)).Status);
    }

    private static async Task<RequestRecord> NextAsync(TestServer server)
    {
        RequestRecord? record;
        while (!server.Log.TryDequeue(out record))
        {
            await Task.Delay(1, Cancelled); // it is told after the answer
        }
        return record;
    }

    private sealed class Job() : Engines.EngineJob(1)
    {
        public override long PromptTokens => 3;
    }
}
