using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Randomness;

namespace Recurrent.Cli.Tests.Serving;

/// <summary>What one request of a random load does.</summary>
internal enum RequestKind
{
    /// <summary>A completion, a chat, a score or the like, which must succeed.</summary>
    Work,

    /// <summary>The beginning of a session, with which several requests go on.</summary>
    Session,

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
            draw < 55 ? RequestKind.Work
            : draw < 60 ? RequestKind.Session
            : draw < 70 ? RequestKind.Known
            : draw < 85 ? RequestKind.Damaged
            : RequestKind.Other;
        var body = new JsonObject();
        switch (Kind)
        {
            case RequestKind.Session:
                return;
            case RequestKind.Other:
                Path = Drawn("/v1/models", "/health", "/metrics", "/openapi.json", "/v1/models/a", "/a", "/v1/score");
                return;
            case RequestKind.Known:
                Known = Below(Knowns);
                _random = new(17, (ulong)Known);
                _drawn = 0;
                AddCompletion(body, models);
                break;
            default:
                body["model"] = Drawn([.. models]);
                Path = AddWork(body, models);
                break;
        }
        if (Path.EndsWith("/completions", StringComparison.Ordinal) && Below(2) == 0)
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

    /// <summary>The time after which the client goes away; null where it stays.</summary>
    public TimeSpan? GoesAwayAfter { get; }

    /// <summary>Draws a text of some letters, most of which are in no vocabulary here.</summary>
    public static string Text(int longest, Func<int, int> below)
    {
        var runes = Letters.EnumerateRunes().ToArray();
        return string.Concat(
            Enumerable.Range(0, below(longest + 1)).Select(_ => runes[below(runes.Length)].ToString())
        );
    }

    private int Below(int bound) => _random.Below(bound, _drawn++);

    private T Drawn<T>(params T[] choices) => choices[Below(choices.Length)];

    private string Text(int longest) => Text(longest, Below);

    private JsonArray Texts(int most, int longest) =>
        [.. Enumerable.Range(0, 1 + Below(most)).Select(_ => (JsonNode)Text(longest))];

    private JsonArray Tokens() => [.. Enumerable.Range(0, 1 + Below(9)).Select(_ => (JsonNode)(1 + Below(20)))];

    private string AddWork(JsonObject body, IReadOnlyList<string> models)
    {
        switch (Below(10))
        {
            case 0:
                body["lines"] = Texts(4, 60);
                return "/v1/score";
            case 1:
                body["prompt"] = "the" + Text(60);
                return "/v1/states";
            case 2:
                body["prompt"] = Text(60);
                return "/tokenize";
            case 3:
                body["tokens"] = Tokens();
                return "/detokenize";
            case 4:
                body["messages"] = new JsonArray([
                    .. Texts(3, 30).Select(text => new JsonObject { ["role"] = "user", ["content"] = (string)text! }),
                ]);
                body["max_tokens"] = Below(60);
                return "/v1/chat/completions";
            default:
                AddCompletion(body, models);
                return "/v1/completions";
        }
    }

    private void AddCompletion(JsonObject body, IReadOnlyList<string> models)
    {
        body["model"] = Drawn([.. models]);
        body["prompt"] = Below(5) switch
        {
            0 => null,
            1 => Texts(3, 30),
            2 => Tokens(),
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
