using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Randomness;

namespace Recurrent.Cli.Tests.Serving;

/// <summary>
/// A client that begins a session, goes on, back, forks it and takes it elsewhere as a file, and in the end has the
/// text that one request writes.
/// </summary>
/// <param name="random">Decides.</param>
/// <param name="models">The names of the models.</param>
/// <param name="ask">Sends a request; gives null where the client has left, or nothing has come.</param>
internal sealed class SessionVisit(RandomStream random, IReadOnlyList<string> models, SessionVisit.Ask ask)
{
    private const int MostSteps = 6;
    private const int MostTokens = 20; // a step

    private readonly Stack<(long Tokens, string Text, string Held)> _way = new(); // the ends of steps
    private ulong _drawn;
    private string _id = "";

    /// <summary>A request, and its answer where one has come.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path.</param>
    /// <param name="body">The body; null for none.</param>
    /// <param name="goesAwayAfter">The time after which the client goes away; null where it stays.</param>
    internal delegate Task<(int Status, byte[] Body)?> Ask(
        HttpMethod method,
        string path,
        byte[]? body,
        TimeSpan? goesAwayAfter
    );

    /// <summary>Whether its text was compared, for which it must have come to its end.</summary>
    public bool IsCompared { get; private set; }

    /// <summary>Makes the visit.</summary>
    /// <returns>What was wrong; null for nothing.</returns>
    public async Task<string?> RunAsync()
    {
        var begin = new JsonObject
        {
            ["model"] = models[Below(models.Count)],
            ["prompt"] = "the" + RandomRequest.Text(40, Below),
            ["seed"] = Below(1_000_000),
            ["temperature"] = Below(2),
        };
        if (await ObjectAsync(HttpMethod.Post, "/v1/sessions", begin) is not { } session)
        {
            return "no session has begun";
        }
        Enter(session);
        var start = (long)session["tokens"]!;
        _way.Push((start, "", ""));
        for (var step = 1 + Below(MostSteps); step > 0; step--)
        {
            if (!await StepAsync())
            {
                return null; // the model has another version, others took the room, or the client has left
            }
        }
        var (tokens, text, held) = _way.Peek();
        begin["max_tokens"] = tokens - start;
        var whole = await ObjectAsync(HttpMethod.Post, "/v1/completions", begin);
        if (Below(2) == 0)
        {
            await ask(HttpMethod.Delete, $"/v1/sessions/{_id}", null, null);
        }
        if (whole is null)
        {
            return "a whole text has not come";
        }
        var expected = (string)whole["choices"]![0]!["text"]!;
        IsCompared = JsonNode.DeepEquals(whole["system_fingerprint"], session["fingerprint"]);
        return IsCompared && text + held != expected
            ? $"a session has the text {text}{held}, and one request {expected}"
            : null;
    }

    private async Task<bool> StepAsync()
    {
        var path = $"/v1/sessions/{_id}";
        switch (Below(8))
        {
            case 0:
                return await ObjectAsync(HttpMethod.Get, Below(4) == 0 ? "/v1/sessions" : path) is not null;
            case 1:
                return await BackAsync($"{path}/rewind", "to");
            case 2:
                return await BackAsync($"{path}/fork", "at");
            case 3:
                return await MoveAsync(path);
            case 4:
                var twice = new JsonObject
                {
                    ["session"] = _id,
                    ["keep"] = false,
                    ["n"] = 2,
                };
                return await ObjectAsync(HttpMethod.Post, "/v1/completions", twice) is not null;
            default:
                return await WriteAsync();
        }
    }

    private async Task<bool> WriteAsync()
    {
        var more = new JsonObject { ["session"] = _id, ["max_tokens"] = Below(MostTokens) };
        var leaves = Below(10) == 0 ? TimeSpan.FromMilliseconds(Below(30)) : default(TimeSpan?);
        if (await ObjectAsync(HttpMethod.Post, "/v1/completions", more, leaves) is not { } answer)
        {
            return false;
        }
        var choice = answer["choices"]![0]!;
        var text = _way.Peek().Text + (string)choice["text"]!;
        _way.Push(((long)answer["usage"]!["total_tokens"]!, text, (string)choice["held"]!));
        return true;
    }

    private async Task<bool> BackAsync(string path, string field)
    {
        for (var steps = Below(_way.Count); steps > 0; steps--)
        {
            _way.Pop();
        }
        var answer = await ObjectAsync(HttpMethod.Post, path, new JsonObject { [field] = _way.Peek().Tokens });
        return answer is not null && Enter(answer["data"]?[0] ?? answer);
    }

    private async Task<bool> MoveAsync(string path)
    {
        if (await ask(HttpMethod.Get, $"{path}/state", null, null) is not { Status: 200, Body: var file })
        {
            return false;
        }
        var end = _way.Pop();
        _way.Clear(); // a file has no way back
        _way.Push(end);
        var copy = await ask(HttpMethod.Post, "/v1/sessions", file, null);
        return copy is { Status: 200, Body: var body } && Enter(JsonNode.Parse(body)!);
    }

    private bool Enter(JsonNode session)
    {
        _id = (string)session["id"]!;
        return true;
    }

    private async Task<JsonNode?> ObjectAsync(
        HttpMethod method,
        string path,
        JsonObject? body = null,
        TimeSpan? goesAwayAfter = null
    )
    {
        var bytes = body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString());
        return await ask(method, path, bytes, goesAwayAfter) is { Status: 200, Body: var answer }
            ? JsonNode.Parse(answer)
            : null;
    }

    private int Below(int bound) => random.Below(bound, _drawn++);
}
