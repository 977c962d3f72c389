using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>A text that is cut, wherever and however, and goes on is the text that was not cut.</summary>
public sealed class SessionCutTests
{
    private const int Length = 1000;
    private const int Together = 64;

    /// <summary>
    /// Stop strings that begin with what is common and go on with what never comes: text is held back at many places.
    /// </summary>
    public static TheoryData<string, bool, string, string> Cases { get; } =
        new()
        {
            {
                "characters",
                true,
                "the miller ",
                """
                    {"temperature": 0, "stop": ["e\u0001", " \u0001", "a\u0001", "t\u0001", "n\u0001", "h\u0001", "d\u0001",
                    "s\u0001", "r\u0001", "u\u0001", "o\u0001", "\n\u0001", "é\u0001", "🙂\u0001", "🙃\u0001", "漢\u0001", "字\u0001",
                    "m\u0001", "l\u0001", "i\u0001", "g\u0001", "y\u0001", "c\u0001", "k\u0001", "w\u0001", "f\u0001", ",\u0001"]}
                    """
            },
            {
                "characters",
                false,
                "",
                """
                    {"temperature": 0.9, "presence_penalty": 0.6, "frequency_penalty": 0.02, "repetition_penalty": 1.2,
                    "logit_bias": {"3": -2}, "stop": ["s\u0001", "h\u0001", "an\u0002"]}
                    """
            },
            { "bytes", true, "née 🙂", """{"temperature": 1, "top_p": 0.95, "stop": ["🙂\u0001", "é漢\u0002"]}""" },
            { "words", true, "the tide ", """{"temperature": 1.1, "top_k": 9, "stop": [" s\u0001", "e\u0002"]}""" },
        };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Two_halves_are_the_whole_wherever_it_is_cut(
        string tokens,
        bool hasLines,
        string prompt,
        string how
    )
    {
        var model = TinyModel.Of(tokens, hasLines);
        await using var server = await TestServer.StartAsync(new ServerOptions(), [model]);
        await using var other = await TestServer.StartAsync(new ServerOptions(), [model]);
        var body = Fields(how, ("prompt", prompt), ("seed", 7));
        var whole = await TextAsync(server, With(body, ("max_tokens", Length)));
        var held = 0;
        await Parallel.ForAsync(
            0,
            Length + 1,
            new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = Cancelled },
            async (cut, _) =>
            {
                var session = await server.BeginAsync(body);
                var first = await server.CompleteAsync(
                    new()
                    {
                        ["session"] = session,
                        ["max_tokens"] = cut,
                        ["return_state"] = true,
                    }
                );
                var text = (string)first["choices"]![0]!["text"]!;
                var back = (string)first["choices"]![0]!["held"]!;
                Interlocked.Add(ref held, back.Length);
                Assert.StartsWith(text, whole);
                var rest = new JsonObject { ["max_tokens"] = Length - cut };
                // In the session, which stays as it is; from what was returned; and elsewhere, from what was fetched.
                var here = With(rest, ("session", session), ("keep", false));
                Assert.Equal(whole, text + await TextAsync(server, here));
                var state = (string)first["choices"]![0]!["state"]!;
                Assert.Equal(whole, text + await TextAsync(server, With(rest, ("state", state))));
                var bytes = await server.StateAsync(session);
                Assert.Equal(state, Convert.ToBase64String(bytes));
                var moved = (string)(await other.PostAsync("/v1/sessions", bytes)).Json["id"]!;
                Assert.Equal(bytes, await other.StateAsync(moved));
                Assert.Equal(whole, text + await TextAsync(other, With(rest, ("session", moved), ("keep", false))));
                await server.DeleteAsync($"/v1/sessions/{session}");
                await other.DeleteAsync($"/v1/sessions/{moved}");
            }
        );
        Assert.True(held > Length / 20, $"Only {held} characters were held back at the cuts.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_token_by_itself_is_the_whole_and_a_session_goes_back_to_each(
        string tokens,
        bool hasLines,
        string prompt,
        string how
    )
    {
        const int Few = 200;
        await using var server = await TestServer.StartAsync(new ServerOptions(), [TinyModel.Of(tokens, hasLines)]);
        var body = Fields(how, ("prompt", prompt), ("seed", -3));
        var whole = await TextAsync(server, With(body, ("max_tokens", Few)));
        var session = await server.BeginAsync(body);
        var told = new List<string> { "" };
        var begun = (await server.GetAsync($"/v1/sessions/{session}")).Json;
        var before = (int)begun["tokens"]!;
        for (var token = 1; token <= Few; token++)
        {
            var streamed = token % 2 == 0;
            var one = new JsonObject { ["session"] = session, ["max_tokens"] = 1 };
            var text = streamed ? await StreamedAsync(server, one) : await TextAsync(server, one);
            told.Add(told[^1] + text);
        }
        var last = new JsonObject
        {
            ["session"] = session,
            ["max_tokens"] = 0,
            ["keep"] = false,
        };
        Assert.Equal(whole, told[^1] + await TextAsync(server, last)); // of which nothing goes on
        for (var token = Few; token >= 0; token--)
        {
            var at = before + token;
            var fork = await server.ForkAsync(session, at);
            var state = await server.StateAsync(fork);
            var rewound = await server.PostAsync(
                $"/v1/sessions/{session}/rewind",
                new JsonObject { ["to"] = at }.ToJsonString()
            );
            Assert.Equal(at, (int)rewound.Json["tokens"]!);
            Assert.Equal(state, await server.StateAsync(session));
            var rest = new JsonObject { ["session"] = fork, ["max_tokens"] = Few - token };
            Assert.StartsWith(told[token] + await TextAsync(server, rest), whole);
        }
        for (var at = before; at >= 0; at--) // within the prompt
        {
            var fork = await server.ForkAsync(session, at);
            Assert.Equal(at, (int)(await server.GetAsync($"/v1/sessions/{fork}")).Json["tokens"]!);
        }
    }

    private static JsonObject Fields(string how, params (string Name, JsonNode? Value)[] fields) =>
        With((JsonObject)JsonNode.Parse(how)!, fields);

    private static JsonObject With(JsonObject body, params (string Name, JsonNode? Value)[] fields)
    {
        var copy = (JsonObject)body.DeepClone();
        foreach (var (name, value) in fields)
        {
            copy[name] = value;
        }
        return copy;
    }

    private static async Task<string> TextAsync(TestServer server, JsonObject body) =>
        (string)(await server.CompleteAsync(body))["choices"]![0]!["text"]!;

    private static async Task<string> StreamedAsync(TestServer server, JsonObject body)
    {
        var text = new StringBuilder();
        foreach (var data in (await server.StreamAsync(body)).SkipLast(1))
        {
            text.Append((string)JsonNode.Parse(data)!["choices"]![0]!["text"]!);
        }
        return text.ToString();
    }
}
