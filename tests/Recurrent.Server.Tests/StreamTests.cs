using System.Net;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Streamed answers: when what comes, and what happens when one side goes away.</summary>
public sealed class StreamTests() : Serving("gru")
{
    private static readonly TimeSpan s_never = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_piece_has_the_shape_of_a_whole_answer_without_usage_unless_it_is_asked_for()
    {
        var events = await Server.StreamAsync(new() { ["prompt"] = "the ", ["seed"] = 1 });
        Assert.Equal("[DONE]", events[^1]);
        var pieces = events.SkipLast(1).Select(text => JsonNode.Parse(text)!.AsObject()).ToList();
        string[] fields = ["id", "object", "created", "model", "system_fingerprint", "seed", "choices"];
        Assert.All(pieces, piece => Assert.Equal(fields, piece.Select(field => field.Key)));
        Assert.All(pieces, piece => Assert.Equal("text_completion", (string)piece["object"]!));
        Assert.Equal("length", (string)pieces[^1]["choices"]![0]!["finish_reason"]!);
        Assert.All(pieces.SkipLast(1), piece => Assert.Null(piece["choices"]![0]!["finish_reason"]));
    }

    [Fact]
    public async Task The_first_piece_waits_for_nothing_and_the_others_are_gathered()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { Gathering = s_never }, "gru");
        var body = new JsonObject { ["prompt"] = "the ", ["max_tokens"] = 3000 };
        var events = await server.StreamAsync(body); // and the last one waits for nothing either
        Assert.InRange(events.Count, 2, 4);
    }

    [Fact]
    public async Task Without_gathering_each_piece_is_of_one_token()
    {
        var body = new JsonObject
        {
            ["prompt"] = "the ",
            ["max_tokens"] = 200,
            ["n"] = 2,
            ["seed"] = 1,
            ["echo"] = true,
            ["logprobs"] = 1,
            ["stream_interval_ms"] = 0,
        };
        var events = await Server.StreamAsync(body);
        var pieces = events.SkipLast(1).Select(text => JsonNode.Parse(text)!["choices"]![0]!).ToList();
        Assert.InRange(pieces.Count, 400, 402); // and the prompt may come before the first
        var whole = await Server.CompleteAsync(body);
        foreach (var choice in whole["choices"]!.AsArray())
        {
            var mine = pieces.Where(piece => (int)piece["index"]! == (int)choice!["index"]!).ToList();
            Assert.All(mine.Skip(1), piece => Assert.Equal(1, ((string)piece["text"]!).Length));
            Assert.All(mine.Skip(1), piece => Assert.Single(piece["logprobs"]!["tokens"]!.AsArray()));
            Assert.Equal((string)choice!["text"]!, string.Concat(mine.Select(piece => (string)piece["text"]!)));
            Assert.Equal("length", (string)mine[^1]["finish_reason"]!);
            Assert.All(mine.SkipLast(1), piece => Assert.Null(piece["finish_reason"]));
        }
    }

    [Fact]
    public async Task An_end_without_a_text_waits_for_nothing()
    {
        var options = new ServerOptions { Gathering = s_never, Patience = Timeout.InfiniteTimeSpan };
        await using var server = await TestServer.StartAsync(options, "gru");
        JsonObject[] bodies =
        [
            new() { ["max_tokens"] = 0 },
            new()
            {
                ["stop"] = "t",
                ["logit_bias"] = new JsonObject { ["3"] = 100 },
            }, // the first character
        ];
        foreach (var body in bodies)
        {
            var events = await server.StreamAsync(body).WaitAsync(TimeSpan.FromSeconds(20), Cancelled);
            Assert.Equal("[DONE]", events[^1]);
        }
    }

    [Fact]
    public async Task A_request_says_for_how_long_its_pieces_are_gathered()
    {
        var body = new JsonObject { ["max_tokens"] = 3000, ["stream_interval_ms"] = 10_000 };
        Assert.InRange((await Server.StreamAsync(body)).Count, 2, 4);
    }

    [Fact]
    public async Task Silence_is_broken_by_comments()
    {
        await using var server = await TestServer.StartAsync(
            new ServerOptions { Patience = TimeSpan.FromMilliseconds(20), MaxRows = 1 },
            "gru"
        );
        using var leaving = new CancellationTokenSource();
        using var content = new StringContent("""{"max_tokens": 100000}""");
        var before = server.Client.PostAsync("/v1/completions", content, leaving.Token);
        while (server.Models[0].Engine.Running == 0)
        {
            await Task.Delay(1, Cancelled);
        }
        await using var waiting = await EventsAsync(server, """{"stream": true, "max_tokens": 1}""");
        using var reader = new StreamReader(waiting);
        Assert.Equal(": ping", await reader.ReadLineAsync(Cancelled));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => before);
        Assert.Contains("data: [DONE]", await reader.ReadToEndAsync(Cancelled));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_away_leaves_its_place(bool isStreamed)
    {
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        var body = new JsonObject
        {
            ["max_tokens"] = 100_000,
            ["n"] = 5,
            ["stream"] = isStreamed,
        };
        request.Content = new StringContent(body.ToJsonString());
        var sent = Server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        var engine = Server.Models[0].Engine;
        while (engine.Running < 5)
        {
            await Task.Delay(1, Cancelled);
        }
        await leaving.CancelAsync();
        try
        {
            (await sent).Dispose();
        }
        catch (OperationCanceledException)
        {
            // It went away before the headers came.
        }
        await engine.IdleAsync().WaitAsync(TimeSpan.FromSeconds(5), Cancelled);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_holds_up_nobody_and_misses_nothing()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { MaxRows = 1 }, "gru");
        var body = new JsonObject
        {
            ["prompt"] = "the ",
            ["max_tokens"] = 60_000,
            ["seed"] = 4,
            ["logprobs"] = 5,
            ["stream"] = true,
        };
        await using var slow = await EventsAsync(server, body.ToJsonString());
        using var reader = new StreamReader(slow);
        await reader.ReadLineAsync(Cancelled);
        // There is one place, and what the reader leaves fills every buffer on the way.
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v1/completions", "{}")).Status);
        var pieces = (await reader.ReadToEndAsync(Cancelled))
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .SkipLast(1)
            .Select(line => JsonNode.Parse(line["data: ".Length..])!);
        body["stream"] = false;
        var whole = (string)(await Server.CompleteAsync(body))["choices"]![0]!["text"]!;
        var rest = string.Concat(pieces.Select(piece => (string)piece["choices"]![0]!["text"]!));
        Assert.EndsWith(rest, whole);
        Assert.InRange(whole.Length - rest.Length, 1, 10_000); // the first event
    }

    [Fact]
    public async Task A_server_that_ends_finishes_what_it_can_and_breaks_off_the_rest()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { MaxTokens = 100_000_000 }, "gru");
        await using var long1 = await EventsAsync(server, """{"stream": true, "max_tokens": 100000000}""");
        using var content = new StringContent("""{"max_tokens": 100000000}""");
        var whole = server.Client.PostAsync("/v1/completions", content, Cancelled);
        while (server.Models[0].Engine.Running < 2)
        {
            await Task.Delay(1, Cancelled);
        }
        await using var short1 = await EventsAsync(server, """{"stream": true, "max_tokens": 10}""");
        var stopping = server.StopAsync(TimeSpan.FromMilliseconds(300));
        (await server.PostAsync("/v1/completions", "{}")).AssertError(503, "server_error", param: null, "draining");
        var ready = await server.GetAsync("/health/ready");
        ready.AssertError(503, "server_error", param: null, "draining");
        Assert.Equal(["false"], ready.Headers.GetValues("x-should-retry"));
        var broken = await ReadToEndAsync(long1);
        Assert.DoesNotContain("[DONE]", broken);
        Assert.DoesNotContain("\"finish_reason\":\"", broken);
        Assert.Contains("\"code\":\"shutting_down\"", broken[broken.LastIndexOf("data: ", StringComparison.Ordinal)..]);
        Assert.EndsWith("data: [DONE]\n\n", await ReadToEndAsync(short1));
        using var response = await whole;
        (await Reply.ReadAsync(response)).AssertError(503, "server_error", param: null, "shutting_down");
        await stopping;
    }

    private static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancelled);
    }

    private static Task<Stream> EventsAsync(TestServer server, string body) => server.EventsAsync(body, Cancelled);
}
