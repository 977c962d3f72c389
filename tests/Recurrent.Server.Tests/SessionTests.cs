using System.Net;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Texts that a server keeps between requests.</summary>
public sealed class SessionTests() : Serving("gru", "lstm-bytes")
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_goes_on_with_what_is_sent_and_what_is_written()
    {
        var begun = (await Server.PostAsync("/v1/sessions", """{"model": "gru", "prompt": "the ", "seed": 5}""")).Json;
        string[] fields =
        [
            "id",
            "object",
            "model",
            "fingerprint",
            "seed",
            "tokens",
            "created",
            "expires_at",
            "state_bytes",
        ];
        Assert.Equal(fields, begun.AsObject().Select(field => field.Key));
        Assert.Matches("^sess-[0-9a-f]{32}$", (string)begun["id"]!);
        Assert.Equal(
            ("session", "gru", "print-gru", 5, 4, 3600),
            (
                (string)begun["object"]!,
                (string)begun["model"]!,
                (string)begun["fingerprint"]!,
                (int)begun["seed"]!,
                (int)begun["tokens"]!,
                (int)begun["expires_at"]! - (int)begun["created"]!
            )
        );
        var id = (string)begun["id"]!;
        var first = await Server.CompleteAsync(new() { ["session"] = id, ["max_tokens"] = 20 });
        Assert.Equal("gru", (string)first["model"]!);
        Assert.Equal(
            """{"prompt_tokens":4,"completion_tokens":20,"total_tokens":24,"prompt_tokens_details":{"cached_tokens":4}}""",
            first["usage"]!.ToJsonString()
        );
        var second = await Server.CompleteAsync(
            new()
            {
                ["session"] = id,
                ["prompt"] = " and",
                ["max_tokens"] = 3,
            }
        );
        Assert.Equal(
            """{"prompt_tokens":28,"completion_tokens":3,"total_tokens":31,"prompt_tokens_details":{"cached_tokens":24}}""",
            second["usage"]!.ToJsonString()
        );
        Assert.Equal(31, (int)(await Server.GetAsync($"/v1/sessions/{id}")).Json["tokens"]!);
        // The network reads the same tokens, whoever wrote them.
        var (text, prompt) = ((string)first["choices"]![0]!["text"]!, "the ");
        var bias = new JsonObject { ["session"] = id, ["temperature"] = 0 };
        var all = prompt + text + " and" + (string)second["choices"]![0]!["text"]!;
        var fresh = new JsonObject
        {
            ["model"] = "gru",
            ["prompt"] = all,
            ["temperature"] = 0,
        };
        Assert.Equal(Text(await Server.CompleteAsync(fresh)), Text(await Server.CompleteAsync(bias)));
    }

    [Fact]
    public async Task What_a_request_leaves_out_is_as_the_session_began()
    {
        var how = new JsonObject
        {
            ["model"] = "gru",
            ["temperature"] = 0.7,
            ["top_p"] = 0.9,
            ["stop"] = "e",
            ["frequency_penalty"] = 0.5,
            ["logit_bias"] = new JsonObject { ["2"] = -3 },
            ["seed"] = 9,
        };
        var whole = (JsonObject)how.DeepClone();
        (whole["prompt"], whole["max_tokens"]) = ("the ", 30);
        var session = await Server.BeginAsync(how);
        var body = new JsonObject
        {
            ["session"] = session,
            ["prompt"] = "the ",
            ["max_tokens"] = 30,
            ["keep"] = false,
        };
        Assert.Equal(Text(await Server.CompleteAsync(whole)), Text(await Server.CompleteAsync(body)));
        (whole["stop"], body["stop"]) = (new JsonArray(), new JsonArray());
        (whole["seed"], body["seed"]) = (10, 10);
        Assert.Equal(Text(await Server.CompleteAsync(whole)), Text(await Server.CompleteAsync(body)));
    }

    [Fact]
    public async Task A_session_that_is_not_kept_stays_as_it_is_and_may_have_many_texts()
    {
        var session = await Server.BeginAsync(
            new()
            {
                ["model"] = "gru",
                ["prompt"] = "the ",
                ["seed"] = 1,
            }
        );
        var state = await Server.StateAsync(session);
        var several = new JsonObject
        {
            ["session"] = session,
            ["n"] = 3,
            ["keep"] = false,
        };
        var texts = (await Server.CompleteAsync(several))["choices"]!
            .AsArray()
            .Select(choice => (string)choice!["text"]!);
        Assert.Equal(state, await Server.StateAsync(session));
        several["prompt"] = "the ";
        several["model"] = "gru";
        several["seed"] = 1;
        several.Remove("session");
        Assert.Equal(
            texts,
            (await Server.CompleteAsync(several))["choices"]!.AsArray().Select(choice => (string)choice!["text"]!)
        );
        Assert.All(texts, text => Assert.Equal(16, text.Length));
    }

    [Fact]
    public async Task Forks_go_their_own_ways()
    {
        var session = await Server.BeginAsync(new() { ["model"] = "gru", ["prompt"] = "the miller " });
        var reply = (await Server.PostAsync($"/v1/sessions/{session}/fork", """{"n": 2}""")).Json;
        var forks = reply["data"]!.AsArray().Select(fork => (string)fork!["id"]!).ToList();
        Assert.Equal(2, forks.Distinct().Count());
        Task<JsonNode> Write(string id, int seed) => Server.CompleteAsync(new() { ["session"] = id, ["seed"] = seed });
        var one = Text(await Write(forks[0], 1));
        var two = Text(await Write(forks[1], 2));
        Assert.NotEqual(one, two);
        Assert.Equal(one, Text(await Write(session, 1)));
        var earlier = (await Server.PostAsync($"/v1/sessions/{session}/fork", """{"at": 4}""")).Json["data"]![0]!;
        Assert.Equal(4, (int)earlier["tokens"]!);
        var none = await Server.PostAsync($"/v1/sessions/{session}/fork", []);
        Assert.Equal(HttpStatusCode.OK, none.Status);
    }

    [Fact]
    public async Task A_session_goes_back_behind_what_once_stopped_it()
    {
        var session = await Server.BeginAsync(
            new()
            {
                ["model"] = "gru",
                ["prompt"] = "the ",
                ["seed"] = 1,
            }
        );
        var body = new JsonObject
        {
            ["session"] = session,
            ["stop"] = "e",
            ["max_tokens"] = 60,
        };
        var stopped = (await Server.CompleteAsync(body))["usage"]!;
        Assert.InRange((int)stopped["completion_tokens"]!, 2, 50);
        body["stop"] = new JsonArray("th", "an");
        var on = Text(await Server.CompleteAsync(body));
        for (var time = 0; time < 2; time++)
        {
            var back = new JsonObject { ["to"] = (int)stopped["total_tokens"]! };
            await Server.PostAsync($"/v1/sessions/{session}/rewind", back.ToJsonString());
            Assert.Equal(on, Text(await Server.CompleteAsync(body)));
        }
    }

    [Fact]
    public async Task What_was_chosen_before_counts_for_a_penalty_that_comes_later()
    {
        var session = await Server.BeginAsync(
            new()
            {
                ["model"] = "gru",
                ["prompt"] = "the ",
                ["seed"] = 1,
            }
        );
        var first = await Server.CompleteAsync(
            new()
            {
                ["session"] = session,
                ["max_tokens"] = 100,
                ["return_state"] = true,
            }
        );
        var penalized = new JsonObject { ["temperature"] = 0, ["frequency_penalty"] = 2 };
        var stateless = (JsonObject)penalized.DeepClone();
        stateless["state"] = (string)first["choices"]![0]!["state"]!;
        (penalized["session"], penalized["keep"]) = (session, false);
        var text = Text(await Server.CompleteAsync(penalized));
        Assert.Equal(text, Text(await Server.CompleteAsync(stateless)));
        // The same tokens in a prompt were not chosen.
        (penalized["session"], penalized["prompt"]) = (null, "the " + Text(first));
        (penalized["keep"], penalized["model"]) = (null, "gru");
        Assert.NotEqual(text, Text(await Server.CompleteAsync(penalized)));
    }

    [Fact]
    public async Task One_request_at_a_time_writes_in_a_session()
    {
        var session = await Server.BeginAsync(new() { ["model"] = "gru", ["prompt"] = "the " });
        var before = await Server.StateAsync(session);
        using var leaving = new CancellationTokenSource();
        using var content = new StringContent($$"""{"session": "{{session}}", "max_tokens": 100000}""");
        var long1 = Server.Client.PostAsync("/v1/completions", content, leaving.Token);
        while (Server.Models[0].Engine.Running == 0)
        {
            await Task.Delay(1, Cancelled);
        }
        var body = $$"""{"session": "{{session}}", "max_tokens": 1}""";
        (await Server.PostAsync("/v1/completions", body)).AssertError(
            409,
            "invalid_request_error",
            "session",
            "session_busy"
        );
        (await Server.PostAsync($"/v1/sessions/{session}/rewind", """{"to": 0}""")).AssertError(
            409,
            "invalid_request_error",
            "session",
            "session_busy"
        );
        // What only looks at it may come, and sees it as it was.
        Assert.Equal(before, await Server.StateAsync(await Server.ForkAsync(session)));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => long1);
        Reply last;
        do
        {
            last = await Server.PostAsync("/v1/completions", body);
        } while (last.Status == HttpStatusCode.Conflict);
        Assert.Equal(5, (int)last.Json["usage"]!["total_tokens"]!); // nothing of the broken one is there
    }

    [Fact]
    public async Task A_session_goes_on_as_soon_as_its_answer_is_there()
    {
        var session = await Server.BeginAsync(new() { ["model"] = "gru", ["prompt"] = "the " });
        for (var i = 0; i < 200; i++)
        {
            var body = new JsonObject { ["session"] = session, ["max_tokens"] = 1 };
            if (i % 2 == 0)
            {
                await Server.CompleteAsync(body);
            }
            else
            {
                await Server.StreamAsync(body);
            }
        }
        Assert.Equal(204, (int)(await Server.GetAsync($"/v1/sessions/{session}")).Json["tokens"]!);
    }

    [Fact]
    public async Task The_prompt_of_a_session_is_scored_with_what_came_before()
    {
        var body = new JsonObject
        {
            ["model"] = "gru",
            ["prompt"] = "the miller",
            ["echo"] = true,
            ["logprobs"] = 1,
            ["max_tokens"] = 5,
            ["seed"] = 1,
        };
        var whole = (await Server.CompleteAsync(body))["choices"]![0]!["logprobs"]!;
        body["session"] = await Server.BeginAsync(new() { ["model"] = "gru", ["prompt"] = "the " });
        body["prompt"] = "miller";
        var part = (await Server.CompleteAsync(body))["choices"]![0]!;
        Assert.StartsWith("miller", (string)part["text"]!);
        foreach (var field in new[] { "tokens", "token_logprobs", "top_logprobs" })
        {
            var expected = whole[field]!.AsArray().Skip(4).Select(one => one?.ToJsonString());
            Assert.Equal(expected, part["logprobs"]![field]!.AsArray().Select(one => one?.ToJsonString()));
        }
        Assert.Equal(
            Enumerable.Range(0, 11),
            part["logprobs"]!["text_offset"]!.AsArray().Select(offset => (int)offset!)
        );
    }

    [Fact]
    public async Task A_session_belongs_to_its_key()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { ApiKeys = ["secret"] }, "gru");
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        var session = await server.BeginAsync(new() { ["prompt"] = "the " });
        var list = (await server.GetAsync("/v1/sessions")).Json["data"]!.AsArray();
        Assert.Equal(session, (string)Assert.Single(list)!["id"]!);
        Assert.Equal(
            $$"""{"id":"{{session}}","object":"session.deleted","deleted":true}""",
            (await server.DeleteAsync($"/v1/sessions/{session}")).Text
        );
        Assert.Empty((await server.GetAsync("/v1/sessions")).Json["data"]!.AsArray());
        (await server.GetAsync($"/v1/sessions/{session}")).AssertError(
            404,
            "invalid_request_error",
            "session",
            "session_not_found"
        );
    }

    [Fact]
    public async Task What_is_kept_is_counted()
    {
        await using var server = await TestServer.StartAsync("gru");
        var session = await server.BeginAsync(new() { ["prompt"] = "the " });
        await server.CompleteAsync(new() { ["session"] = session });
        var metrics = (await server.GetAsync("/metrics")).Text.Split('\n');
        Assert.Contains("recurrent_sessions 1", metrics);
        Assert.Contains("recurrent_sessions_dropped_total 0", metrics);
        Assert.Contains("recurrent_cached_tokens_total{model=\"gru\"} 4", metrics);
        var bytes = (long)(await server.GetAsync($"/v1/sessions/{session}")).Json["state_bytes"]!;
        Assert.Contains($"recurrent_session_bytes {bytes}", metrics);
        Assert.InRange(bytes, 100, 10_000);
    }

    private static string Text(JsonNode answer) => (string)answer["choices"]![0]!["text"]!;
}
