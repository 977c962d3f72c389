using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Recurrent.Decoding;
using Recurrent.Server.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Server.Tests;

/// <summary>A request has one answer: alone, among others, whole, in pieces, and from the library.</summary>
public sealed class SameBytesTests() : Serving("gru", "lstm-bytes", "gru-words")
{
    private static readonly string[] s_prompts = ["", "the ", "the miller ", "a", "é🙂", "one\ntwo", new('x', 300)];

    private static readonly Gen<JsonObject> s_requests =
        from model in Gen.Elements("gru", "lstm-bytes", "gru-words")
        from prompts in Gen.Elements(s_prompts).NonEmptyListOf()
        from samples in Gen.Choose(1, 3)
        from length in Gen.Elements(0, 1, 2, 17, 60)
        from temperature in Gen.Elements(0, 0.7, 1, 1.6)
        from topP in Gen.Elements(0.5, 1)
        from minP in Gen.Elements(0, 0.2)
        from penalty in Gen.Elements(-1.5, 0, 1)
        from stop in Gen.Elements("", "e", "th", "\n", "é", "🙂")
        from seed in Gen.Choose(-1000, 1000)
        select new JsonObject
        {
            ["model"] = model,
            ["prompt"] = new JsonArray([.. prompts.Take(4).Select(prompt => (JsonNode)prompt)]),
            ["n"] = samples,
            ["max_tokens"] = length,
            ["temperature"] = temperature,
            ["top_p"] = topP,
            ["min_p"] = minP,
            ["frequency_penalty"] = penalty,
            ["stop"] = stop.Length > 0 ? stop : null,
            ["seed"] = seed,
        };

    /// <summary>Requests of all kinds, with probabilities and without.</summary>
    internal static readonly Gen<JsonObject> Measured =
        from request in s_requests
        from top in Gen.Choose(-1, 5)
        from echo in Gen.Elements(true, false)
        select With(request, ("logprobs", top < 0 ? null : top), ("echo", echo));

    [Fact]
    public void The_texts_are_those_of_the_library() =>
        Laws.Hold(
            s_requests,
            request =>
            {
                var answer = Wait(Server.CompleteAsync(request));
                Assert.Equal(Library(request), answer["choices"]!.AsArray().Select(choice => (string)choice!["text"]!));
            }
        );

    [Fact]
    public void The_pieces_make_up_the_whole() =>
        Laws.Hold(
            Measured,
            request =>
            {
                var whole = Wait(Server.CompleteAsync(request));
                var options = new JsonObject { ["include_usage"] = true };
                var events = Wait(Server.StreamAsync(With(request, ("stream_options", options))));
                Assert.Equal("[DONE]", events[^1]);
                var pieces = events.SkipLast(1).Select(text => JsonNode.Parse(text)!).ToList();
                Assert.Equal(Counts(whole), Counts(pieces[^1]));
                Assert.Empty(pieces[^1]["choices"]!.AsArray());
                Assert.Single(pieces.Select(piece => (string)piece["id"]!).Distinct());
                Assert.Equal(Parts(whole), Joined(pieces.SkipLast(1)));
            }
        );

    [Theory]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(200)]
    public async Task No_answer_depends_on_the_others(int together)
    {
        var requests = Mixture(together);
        List<string> alone = [];
        foreach (var request in requests)
        {
            alone.Add(Bare(await Server.CompleteAsync(request)));
        }
        var among = await Task.WhenAll(
            requests
                .Index()
                .OrderBy(pair => pair.Index * 37 % together)
                .Select(async pair => // in another order
                    (pair.Index, Text: Bare(await Server.CompleteAsync(pair.Item)))
                )
        );
        Assert.Equal(alone, among.OrderBy(pair => pair.Index).Select(pair => pair.Text));
    }

    [Fact]
    public async Task Few_places_and_readers_who_leave_change_nothing()
    {
        await using var small = await TestServer.StartAsync(
            new ServerOptions { MaxRows = 3, Gathering = TimeSpan.Zero },
            "gru",
            "lstm-bytes",
            "gru-words"
        );
        var requests = Mixture(40);
        await Task.WhenAll(
            requests
                .Index()
                .Select(async pair =>
                {
                    if (pair.Index % 3 == 0)
                    {
                        await LeaveAsync(small, With(pair.Item, ("max_tokens", 5000)));
                        return;
                    }
                    Assert.Equal(
                        Bare(await Server.CompleteAsync(pair.Item)),
                        Bare(await small.CompleteAsync(pair.Item))
                    );
                })
        );
        foreach (var model in small.Models)
        {
            await model.Engine.IdleAsync();
            Assert.Equal(0, model.Engine.Waiting);
        }
    }

    /// <summary>Requests of all kinds, the same in every run.</summary>
    private static List<JsonObject> Mixture(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new JsonObject
                {
                    ["model"] = (i % 3) switch
                    {
                        0 => "gru",
                        1 => "lstm-bytes",
                        _ => "gru-words",
                    },
                    ["prompt"] = s_prompts[i % 7],
                    ["n"] = 1 + (i % 2),
                    ["max_tokens"] = i % 90,
                    ["temperature"] = i % 5 * 0.4,
                    ["top_k"] = i % 11,
                    ["presence_penalty"] = i % 3 * 0.5,
                    ["stop"] = i % 4 == 0 ? "e" : null,
                    ["logprobs"] = i % 6 < 3 ? i % 6 : null,
                    ["echo"] = i % 8 < 3,
                    ["seed"] = i,
                }),
        ];

    /// <summary>Begins to read a streamed answer and hangs up.</summary>
    private static async Task LeaveAsync(TestServer server, JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions");
        request.Content = new StringContent(With(body, ("stream", true)).ToJsonString(), Encoding.UTF8);
        using var response = await server.Client.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken
        );
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            100,
            await stream.ReadAtLeastAsync(new byte[100], 100, false, TestContext.Current.CancellationToken)
        );
    }

    private IReadOnlyList<string> Library(JsonObject request)
    {
        var trained = Server.Models.First(model => model.Name == (string)request["model"]!).Trained;
        var sampling = new SamplingOptions
        {
            Temperature = (double)request["temperature"]!,
            TopP = (double)request["top_p"]!,
            MinP = (double)request["min_p"]!,
            FrequencyPenalty = (double)request["frequency_penalty"]!,
            StopStrings = request["stop"] is { } stop ? [(string)stop!] : [],
            Seed = (int)request["seed"]!,
        };
        var prompts = request["prompt"]!
            .AsArray()
            .SelectMany(prompt => Enumerable.Repeat((string)prompt!, (int)request["n"]!));
        return new TextGenerator(trained.Model, trained.Codec, sampling).GenerateAll(
            [.. prompts],
            (int)request["max_tokens"]!
        );
    }

    /// <summary>A copy of an object with other fields.</summary>
    private static JsonObject With(JsonObject body, params (string Name, JsonNode? Value)[] fields)
    {
        var copy = (JsonObject)body.DeepClone();
        foreach (var (name, value) in fields)
        {
            copy[name] = value?.DeepClone();
        }
        return copy;
    }

    /// <summary>An answer without what is another each time.</summary>
    private static string Bare(JsonNode answer)
    {
        var copy = (JsonObject)answer.DeepClone();
        copy.Remove("id");
        copy.Remove("created");
        copy["usage"] = Counts(answer);
        return copy.ToJsonString();
    }

    /// <summary>A usage without the tokens that need not be read because they were before.</summary>
    private static string Counts(JsonNode answer)
    {
        var usage = answer["usage"]!.DeepClone().AsObject();
        usage.Remove("prompt_tokens_details");
        return usage.ToJsonString();
    }

    /// <summary>The choices of a whole answer, each as its parts.</summary>
    private static List<string> Parts(JsonNode whole) => [.. whole["choices"]!.AsArray().Select(Part)];

    private static string Part(JsonNode? choice)
    {
        var probabilities = choice!["logprobs"]?.AsObject();
        return new JsonObject
        {
            ["index"] = (int)choice["index"]!,
            ["text"] = (string)choice["text"]!,
            ["end"] = (string?)choice["finish_reason"],
            ["logprobs"] = probabilities is null ? null : probabilities.DeepClone(),
        }.ToJsonString();
    }

    /// <summary>Pieces put together, after a look at what each must be.</summary>
    private static List<string> Joined(IEnumerable<JsonNode> pieces)
    {
        var choices = new SortedDictionary<int, JsonObject>();
        foreach (var piece in pieces)
        {
            Assert.True(piece.AsObject().TryGetPropertyValue("usage", out var usage) && usage is null);
            var choice = Assert.Single(piece["choices"]!.AsArray())!.AsObject();
            Assert.Equal(["text", "index", "logprobs", "finish_reason"], choice.Select(field => field.Key));
            var index = (int)choice["index"]!;
            if (!choices.TryGetValue(index, out var whole))
            {
                choices.Add(index, (JsonObject)choice.DeepClone());
                continue;
            }
            Assert.Null(whole["finish_reason"]); // nothing follows the end
            whole["text"] = (string)whole["text"]! + (string)choice["text"]!;
            whole["finish_reason"] = choice["finish_reason"]?.DeepClone();
            foreach (var (name, part) in choice["logprobs"]?.AsObject() ?? [])
            {
                foreach (var one in part as JsonArray ?? [])
                {
                    whole["logprobs"]![name]!.AsArray().Add(one?.DeepClone());
                }
            }
        }
        Assert.All(choices.Values, choice => Assert.NotNull(choice["finish_reason"]));
        return [.. choices.Values.Select(Part)];
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
