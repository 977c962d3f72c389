using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Decoding;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>What cannot be done with a session, or begun with a state.</summary>
public sealed class SessionErrorTests() : Serving("gru", "lstm-bytes")
{
    [Theory]
    [InlineData("/v1/completions", """{"session": "sess-0"}""", 404, "session")]
    [InlineData("/v1/completions", """{"keep": true}""", 400, "keep")]
    [InlineData("/v1/completions", """{"session": 1}""", 400, "session")]
    [InlineData("/v1/completions", """{"session": "ID", "keep": 1}""", 400, "keep")]
    [InlineData("/v1/completions", """{"session": "ID", "n": 2}""", 400, "n")]
    [InlineData("/v1/completions", """{"session": "ID", "model": "lstm-bytes"}""", 400, "model")]
    [InlineData("/v1/completions", """{"session": "ID", "prompt": ["a", "b"]}""", 400, "prompt")]
    [InlineData("/v1/completions", """{"session": "ID", "state": "AAAA"}""", 400, "state")]
    [InlineData("/v1/completions", """{"state": 1}""", 400, "state")]
    [InlineData("/v1/completions", """{"state": "?"}""", 400, "state")]
    [InlineData("/v1/completions", """{"state": "AAAA"}""", 400, "state")]
    [InlineData("/v1/completions", """{"model": "gru", "return_state": 1}""", 400, "return_state")]
    [InlineData("/v1/sessions", """{"model": "gru", "prompt": ["a", "b"]}""", 400, "prompt")]
    [InlineData("/v1/sessions", """{"session": "ID"}""", 400, "session")]
    [InlineData("/v1/sessions", """{"model": "gru", "temperature": -1}""", 400, "temperature")]
    [InlineData("/v1/sessions", """{}""", 400, "model")]
    [InlineData("/v1/sessions/ID/fork", """{"n": 0}""", 400, "n")]
    [InlineData("/v1/sessions/ID/fork", """{"at": 5}""", 400, "at")]
    [InlineData("/v1/sessions/ID/fork", """{"at": -1}""", 400, "at")]
    [InlineData("/v1/sessions/ID/rewind", """{}""", 400, "to")]
    [InlineData("/v1/sessions/ID/rewind", """{"to": 5}""", 400, "to")]
    [InlineData("/v1/sessions/sess-0/rewind", """{"to": 0}""", 404, "session")]
    public async Task What_does_not_fit_is_refused_and_changes_nothing(
        string path,
        string body,
        int status,
        string field
    )
    {
        var session = await Server.BeginAsync(new() { ["model"] = "gru", ["prompt"] = "the " });
        var reply = await Server.PostAsync(path.Replace("ID", session), body.Replace("ID", session));
        var code = status == 404 ? "session_not_found" : null;
        reply.AssertError(status, "invalid_request_error", field, code);
        var after = await Server.CompleteAsync(new() { ["session"] = session, ["max_tokens"] = 0 });
        Assert.Equal(4, (int)after["usage"]!["total_tokens"]!);
    }

    [Fact]
    public async Task A_session_that_no_room_is_for_is_refused_before_it_is_read()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { SessionMemory = 1 }, "gru");
        var session = await server.BeginAsync(new() { ["prompt"] = new string('e', 1000) });
        foreach (
            var (path, body) in new (string, JsonObject)[]
            {
                ("/v1/sessions", new() { ["prompt"] = new string('e', 60_000) }),
                ("/v1/completions", new() { ["session"] = session, ["max_tokens"] = 60_000 }),
            }
        )
        {
            var reply = await server.PostAsync(path, body.ToJsonString());
            reply.AssertError(400, "invalid_request_error", "session", code: null);
        }
        Assert.Equal(0, server.Models[0].Engine.Running);
        // A state has no way behind it, however far it has come.
        var far = Changed(await server.StateAsync(session), """tokens\":1000""", """tokens\":9000000""");
        var moved = (string)(await server.PostAsync("/v1/sessions", far)).Json["id"]!;
        var after = await server.CompleteAsync(new() { ["session"] = moved, ["max_tokens"] = 1000 });
        Assert.Equal(9_001_000, (int)after["usage"]!["total_tokens"]!);
        var bytes = (long)(await server.GetAsync($"/v1/sessions/{session}")).Json["state_bytes"]!;
        Assert.InRange(bytes, StreamHistory.BytesOf(1000, rowBytes: 40) / 2, StreamHistory.BytesOf(1000, 40) * 2);
    }

    [Fact]
    public async Task A_state_that_is_damaged_is_refused_wherever_it_is()
    {
        var session = await Server.BeginAsync(
            new()
            {
                ["model"] = "gru",
                ["prompt"] = "the ",
                ["seed"] = 1,
            }
        );
        var bytes = await Server.StateAsync(session);
        foreach (
            var (old, changed) in new[]
            {
                ("print-gru", "print-GRU"),
                ("""recent\":[3,""", """recent\":[9999,"""),
                ("""recent\":[3,""", """recent\":["""),
                ("""tokens\":4""", """tokens\":5"""),
                ("""chosen\":0""", """chosen\":9"""),
                ("""temperature\":1,""", """temperature\":-,"""),
                ("""temperature\":1,""", """temperature\":-1,"""),
                ("held\\\":\\\"", "held\\\":\\\"" + new string('e', 5000)),
                ("[10]", "[1000000]"),
                ("h_l0", "h_l1"),
                ("\"recurrent-state\"", "\"recurrent-stat3\""),
            }
        )
        {
            await RefusedAsync(Changed(bytes, old, changed));
        }
        await RefusedAsync(bytes[..^1]);
        await RefusedAsync([.. bytes, 0]);
        await RefusedAsync([.. bytes[..^4], .. BitConverter.GetBytes(float.NaN)]);
        await RefusedAsync([.. bytes[..^4], .. BitConverter.GetBytes(float.PositiveInfinity)]);
        await RefusedAsync([.. BitConverter.GetBytes(1L << 40), .. bytes[8..]]);
        for (var i = 0; i < 200; i++) // whatever is wrong, it is not the server
        {
            var damaged = bytes.ToArray();
            damaged[i * bytes.Length / 200] ^= (byte)(1 + (i * 37 % 255));
            var reply = await Server.PostAsync("/v1/sessions", damaged);
            Assert.InRange((int)reply.Status, 200, 400);
            if (reply.Status == HttpStatusCode.OK)
            {
                await Server.CompleteAsync(new() { ["session"] = (string)reply.Json["id"]! });
            }
        }

        async Task RefusedAsync(byte[] damaged)
        {
            (await Server.PostAsync("/v1/sessions", damaged)).AssertError(400, "invalid_request_error", "state", null);
            var body = new JsonObject { ["state"] = Convert.ToBase64String(damaged) };
            var reply = await Server.PostAsync("/v1/completions", body.ToJsonString());
            reply.AssertError(400, "invalid_request_error", "state", null);
        }
    }

    /// <summary>A file with another text in its header.</summary>
    private static byte[] Changed(byte[] bytes, string old, string changed)
    {
        var end = 8 + BitConverter.ToInt32(bytes);
        var header = Encoding.Latin1.GetString(bytes[8..end]);
        Assert.Contains(old, header);
        var other = header.Replace(old, changed);
        return [.. BitConverter.GetBytes((long)other.Length), .. Encoding.Latin1.GetBytes(other), .. bytes[end..]];
    }
}
