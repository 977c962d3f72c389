using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Clients that take their time, and clients that go away, at each place on the way of a request.</summary>
public sealed class SlowClientTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5); // 50 ms where nothing else runs

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_that_stalls_for_longer_than_kestrel_would_wait_gets_every_byte()
    {
        await using var server = await TestServer.StartAsync("gru");
        var body = new JsonObject
        {
            ["prompt"] = "the ",
            ["max_tokens"] = 60_000,
            ["seed"] = 4,
            ["logprobs"] = 5, // which makes events so large that they fill every buffer on the way
        };
        var whole = await server.CompleteAsync(body);
        body["stream"] = true;
        using var client = await SendAsync(server, body.ToJsonString());
        await Task.Delay(TimeSpan.FromSeconds(8), Cancelled); // it would be cut after five, and a second for its clock
        Assert.Equal(0, server.Models[0].Engine.Running); // its row waits elsewhere
        using var reader = new StreamReader(client.GetStream());
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(Cancelled) is { } line)
        {
            if (line.StartsWith("data: {", StringComparison.Ordinal))
            {
                text.Append((string)JsonNode.Parse(line["data: ".Length..])!["choices"]![0]!["text"]!);
            }
            else if (line == "data: [DONE]")
            {
                break;
            }
        }
        Assert.Equal((string)whole["choices"]![0]!["text"]!, text.ToString());
    }

    [Fact]
    public async Task A_reader_that_never_takes_anything_is_taken_for_gone()
    {
        await using var server = await TestServer.StartAsync(
            new ServerOptions { LongestFlush = TimeSpan.FromMilliseconds(300) },
            "gru"
        );
        using var client = await SendAsync(server, """{"stream": true, "max_tokens": 90000, "logprobs": 5}""");
        while (await server.MetricAsync("recurrent_aborted_requests_total") == 0)
        {
            await Task.Delay(10, Cancelled);
        }
        await server.Models[0].Engine.IdleAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_away_while_it_waits_leaves_the_queue(bool isStreamed)
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { MaxRows = 1 }, "gru");
        var engine = server.Models[0].Engine;
        using var running = await SendAsync(server, """{"max_tokens": 100000, "n": 2}""");
        await UntilAsync(() => engine is { Running: 1, Waiting: 1 }); // a text of it, behind its prompt
        using (
            await SendAsync(server, $$"""{"max_tokens": 9, "n": 3, "stream": {{(isStreamed ? "true" : "false")}}}""")
        )
        {
            await UntilAsync(() => engine.Waiting == 1 + 3);
        }
        await UntilAsync(() => engine.Waiting == 1);
        Assert.Equal(1, engine.Running);
    }

    [Fact]
    public async Task A_client_that_goes_away_while_its_prompt_is_read_leaves_its_place()
    {
        await using var server = await TestServer.StartAsync("gru");
        var prompt = new string('e', 3_000_000);
        using (await SendAsync(server, $$"""{"prompt": "{{prompt}}", "stream": true}"""))
        {
            await UntilAsync(() => server.Models[0].Engine.Running == 1);
        }
        await UntilAsync(() => server.Models[0].Engine.Running == 0);
        await UntilAsync(() => server.Log.Any(line => line.Status == 499));
    }

    [Fact]
    public async Task A_client_that_goes_away_behind_a_full_outbox_leaves_nothing()
    {
        await using var server = await TestServer.StartAsync("gru");
        var engine = server.Models[0].Engine;
        using (await SendAsync(server, """{"stream": true, "max_tokens": 90000, "logprobs": 5}"""))
        {
            await UntilAsync(() => engine.Running == 1);
            await UntilAsync(() => engine.Running == 0); // its row waits for the reader
            Assert.Equal(0, await server.MetricAsync("recurrent_aborted_requests_total"));
        }
        await UntilAsync(() => server.Log.Any(line => line.Status == 499));
        await UntilAsync(() => engine is { Running: 0, Waiting: 0 });
    }

    [Fact]
    public async Task A_client_that_goes_away_while_it_sends_is_no_fault()
    {
        await using var server = await TestServer.StartAsync("gru");
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, server.Port, Cancelled);
            const string Half =
                "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"prompt\": ";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Half), Cancelled);
        }
        // Whether half a body is seen first, or that nobody is there to be told so, is chance.
        await UntilAsync(() => server.Log.Any(line => line.Status is 400 or 499));
    }

    private static async Task<TcpClient> SendAsync(TestServer server, string body)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Cancelled);
        // HTTP 1.0, for an answer that is not in chunks.
        var head = $"POST /v1/completions HTTP/1.0\r\nHost: localhost\r\nContent-Length: {body.Length}\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head + body), Cancelled);
        return client;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        limit.CancelAfter(s_soon);
        while (!holds())
        {
            await Task.Delay(1, limit.Token);
        }
    }
}
