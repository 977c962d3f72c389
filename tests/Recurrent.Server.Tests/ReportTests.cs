using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>
/// What users of other servers have reported, and what no other test here shows already; see also those of the same
/// bytes, of streams, of errors and of the gate.
/// </summary>
public sealed class ReportTests() : Serving("gru")
{
    private const string Completions = "/v1/completions";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact] // llama.cpp#27604
    public async Task Two_hundred_readers_who_leave_change_no_byte_of_fifty_streams_and_the_server_still_ends()
    {
        await using var server = await TestServer.StartAsync("gru");
        JsonObject Body(int i) =>
            new()
            {
                ["prompt"] = "the ",
                ["max_tokens"] = 300 + i,
                ["seed"] = i,
            };
        var streams = Enumerable.Range(0, 50).Select(i => server.StreamAsync(Body(i))).ToList();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => LeaveAsync(server, milliseconds: i % 40)));
        foreach (var (i, events) in (await Task.WhenAll(streams)).Index())
        {
            var text = string.Concat(
                events.SkipLast(1).Select(piece => (string)JsonNode.Parse(piece)!["choices"]![0]!["text"]!)
            );
            Assert.Equal((string)(await Server.CompleteAsync(Body(i)))["choices"]![0]!["text"]!, text);
        }
        await server.Models[0].Engine.IdleAsync();
        await server.StopAsync(TimeSpan.Zero).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
    }

    [Fact] // gpt4all#3635
    public async Task Requests_for_very_much_are_refused_before_anything_is_made_for_them()
    {
        string[] bodies =
        [
            """{"n": 1000000000}""",
            """{"max_tokens": 2147483647}""",
            """{"logprobs": 1000000}""",
            """{"best_of": 1000000000}""",
            new JsonObject { ["prompt"] = new JsonArray([.. Enumerable.Repeat("a", 10_000)]) }.ToJsonString(),
        ];
        foreach (var body in bodies)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await Server.PostAsync(Completions, body)).Status);
        }
        Assert.Equal(0, Server.Models[0].Engine.Waiting);
    }

    [Fact] // llama.cpp#29175
    public async Task A_prompt_of_a_million_characters_holds_up_nobody()
    {
        using var leaving = new CancellationTokenSource();
        var body = new JsonObject { ["prompt"] = new string('e', 1_000_000), ["max_tokens"] = 1 };
        using var content = new StringContent(body.ToJsonString());
        var reading = Server.Client.PostAsync(Completions, content, leaving.Token);
        var engine = Server.Models[0].Engine;
        while (engine.Running == 0)
        {
            await Task.Delay(1, Cancelled);
        }
        await Server.CompleteAsync(new() { ["max_tokens"] = 100 });
        Assert.False(reading.IsCompleted);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await engine.IdleAsync();
    }

    [Fact] // surogate#137
    public async Task A_hundred_streams_end_with_a_reason_or_an_error_when_the_server_does()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { MaxTokens = 100_000_000 }, "gru");
        var streams = await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(async i =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, Completions);
                    var body = new JsonObject { ["stream"] = true, ["max_tokens"] = i % 2 == 0 ? 50 : 100_000_000 };
                    request.Content = new StringContent(body.ToJsonString());
                    return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
                })
        );
        var texts = Task.WhenAll(streams.Select(stream => stream.Content.ReadAsStringAsync(Cancelled)));
        await server.StopAsync(TimeSpan.FromSeconds(1)).WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        foreach (var (i, text) in (await texts).Index())
        {
            var isShort = i % 2 == 0;
            Assert.Equal(isShort, text.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
            var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            var (says, at) = isShort ? ("\"finish_reason\":\"length\"", 2) : ("\"code\":\"shutting_down\"", 1);
            Assert.Contains(says, events[^at]);
            Assert.Equal(isShort, text.Contains("\"finish_reason\":\"", StringComparison.Ordinal));
        }
        Array.ForEach(streams, stream => stream.Dispose());
    }

    [Theory] // llama.cpp#19774
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_is_too_large_has_the_same_error_however_it_comes(bool isChunked)
    {
        await using var small = await TestServer.StartAsync(new ServerOptions { MaxBody = 1 }, "gru");
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Completions);
            request.Content = new StringContent($$"""{"prompt": "{{new string('a', 1_100_000)}}"}""");
            request.Headers.TransferEncodingChunked = isChunked;
            using var response = await small.Client.SendAsync(request, Cancelled);
            var reply = await Reply.ReadAsync(response);
            reply.AssertError(413, "invalid_request_error", param: null, "body_too_large");
        }
    }

    [Fact] // loom#25
    public async Task A_slash_at_the_end_of_a_path_makes_no_difference()
    {
        var body = """{"seed": 1}""";
        var (one, other) = (await Server.PostAsync(Completions, body), await Server.PostAsync($"{Completions}/", body));
        Assert.Equal(one.Json["choices"]!.ToJsonString(), other.Json["choices"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await Server.GetAsync("/v1/models/")).Status);
    }

    /// <summary>Begins a stream and goes away after a while, with or without having read something.</summary>
    private static async Task LeaveAsync(TestServer server, int milliseconds)
    {
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions);
        request.Content = new StringContent("""{"stream": true, "max_tokens": 100000}""", Encoding.UTF8);
        try
        {
            using var response = await server.Client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                leaving.Token
            );
            await response.Content.ReadAsStringAsync(leaving.Token);
        }
        catch (OperationCanceledException)
        {
            // That is what it came for.
        }
    }
}
