using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Randomness;

namespace Recurrent.Cli.Tests.Serving;

/// <summary>What one request of a random load does.</summary>
internal enum RequestKind
{
    /// <summary>A completion or a score, which must succeed.</summary>
    Work,

    /// <summary>One of a few completions, whose text must be the same each time.</summary>
    Known,

    /// <summary>A body that something has happened to: an answer, or an error of the client's.</summary>
    Damaged,

    /// <summary>Any other path, some of which do not exist.</summary>
    Other,
}

/// <summary>A request, drawn by chance.</summary>
internal sealed class RandomRequest
{
    private const string Letters = "the quick brown fox, jumps over a lazy dog.\n\u00e9\u6f22\U0001F642";
    private const int Knowns = 8;

    private readonly RandomStream _random;
    private ulong _drawn;

    /// <summary>Draws one.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="models">The names of the models.</param>
    public RandomRequest(RandomStream random, IReadOnlyList<string> models)
    {
        _random = random;
        var draw = Below(100);
        Kind =
            draw < 60 ? RequestKind.Work
            : draw < 70 ? RequestKind.Known
            : draw < 85 ? RequestKind.Damaged
            : RequestKind.Other;
        var body = new JsonObject();
        switch (Kind)
        {
            case RequestKind.Other:
                Path = Drawn("/v1/models", "/health", "/metrics", "/openapi.json", "/v1/models/a", "/a", "/v1/score");
                return;
            case RequestKind.Known:
                Known = Below(Knowns);
                _random = new(17, (ulong)Known);
                _drawn = 0;
                AddCompletion(body, models);
                break;
            case var _ when Below(5) == 0:
                Path = "/v1/score";
                body["model"] = Drawn([.. models]);
                body["lines"] = new JsonArray([.. Enumerable.Range(0, 1 + Below(4)).Select(_ => (JsonNode)Text(60))]);
                break;
            default:
                AddCompletion(body, models);
                break;
        }
        IsStreamed = Path == "/v1/completions" && Below(2) == 0;
        if (IsStreamed)
        {
            body.Remove("best_of");
            body["stream"] = true;
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }
        Body = Encoding.UTF8.GetBytes(body.ToJsonString());
        if (Kind == RequestKind.Damaged)
        {
            Damage();
        }
        else if (Kind == RequestKind.Work && Below(6) == 0)
        {
            GoesAwayAfter = TimeSpan.FromMilliseconds(Below(30));
        }
    }

    public RequestKind Kind { get; }

    /// <summary>Which of the known completions it is.</summary>
    public int Known { get; }

    public string Path { get; } = "/v1/completions";

    /// <summary>Null for a GET.</summary>
    public byte[]? Body { get; private set; }

    public bool IsStreamed { get; }

    /// <summary>The time after which the client goes away; null where it stays.</summary>
    public TimeSpan? GoesAwayAfter { get; }

    private int Below(int bound) => _random.Below(bound, _drawn++);

    private T Drawn<T>(params T[] choices) => choices[Below(choices.Length)];

    private string Text(int longest)
    {
        var runes = Letters.EnumerateRunes().ToArray();
        return string.Concat(Enumerable.Range(0, Below(longest + 1)).Select(_ => Drawn(runes).ToString()));
    }

    private void AddCompletion(JsonObject body, IReadOnlyList<string> models)
    {
        body["model"] = Drawn([.. models]);
        body["prompt"] = Below(5) switch
        {
            0 => null,
            1 => new JsonArray([.. Enumerable.Range(0, 1 + Below(3)).Select(_ => (JsonNode)Text(30))]),
            2 => new JsonArray([.. Enumerable.Range(0, 1 + Below(9)).Select(_ => (JsonNode)(1 + Below(20)))]),
            3 => Text(600),
            _ => Text(40),
        };
        body["max_tokens"] = Below(10) == 0 ? Below(600) : Below(60);
        body["seed"] = (long)_random.UInt32(_drawn++);
        Maybe("temperature", () => Drawn(0.0, 0.5, 1, 2));
        Maybe("top_p", () => Drawn(0.0, 0.5, 0.95));
        Maybe("top_k", () => Below(30));
        Maybe("logprobs", () => Below(6));
        Maybe("echo", () => true);
        Maybe("stop", () => Drawn("e", "th", "\n", "zzz"));
        Maybe("presence_penalty", () => Drawn(-1, 0.5, 2));
        Maybe("logit_bias", () => new JsonObject { [$"{Below(20)}"] = Drawn(-100, 5) });
        Maybe("n", () => 1 + Below(4));
        if (!body.ContainsKey("n"))
        {
            Maybe("best_of", () => 1 + Below(3));
        }

        void Maybe(string field, Func<JsonNode> value)
        {
            if (Below(4) == 0)
            {
                body[field] = value();
            }
        }
    }

    private void Damage()
    {
        var body = Body!;
        var place = Below(body.Length);
        Body = Below(5) switch
        {
            0 => body[..place],
            1 => [.. body[..place], (byte)Below(256), .. body[place..]],
            2 => [.. body[..place], .. body[Math.Min(body.Length, place + 1 + Below(5))..]],
            3 => Encoding.UTF8.GetBytes(
                Encoding.UTF8.GetString(body).Replace("1", Drawn("-1", "1e999", "2147483648", "\"1\"", "[1]", "0.5"))
            ),
            _ => Flipped(),
        };

        byte[] Flipped()
        {
            for (var flips = 1 + Below(4); flips > 0; flips--)
            {
                body[Below(body.Length)] ^= (byte)(1 << Below(8));
            }
            return body;
        }
    }
}
