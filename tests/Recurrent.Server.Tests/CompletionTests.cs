using System.Net;
using System.Text.Json.Nodes;
using Recurrent.Decoding;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Whole answers of <c>/v1/completions</c>.</summary>
public sealed class CompletionTests() : Serving("gru")
{
    private const string Prompt = "the miller ";

    [Fact]
    public async Task An_answer_has_the_fields_of_OpenAIs()
    {
        var answer = (await Server.CompleteAsync(new() { ["prompt"] = Prompt, ["seed"] = 5 })).AsObject();
        string[] fields = ["id", "object", "created", "model", "system_fingerprint", "seed", "choices", "usage"];
        Assert.Equal(fields, answer.Select(field => field.Key));
        Assert.StartsWith("cmpl-", (string)answer["id"]!);
        Assert.Equal("text_completion", (string)answer["object"]!);
        Assert.Equal(("gru", "print-gru", 5), Names(answer));
        var choice = Assert.Single(answer["choices"]!.AsArray())!.AsObject();
        Assert.Equal(["text", "index", "logprobs", "finish_reason"], choice.Select(field => field.Key));
        Assert.Equal((0, "length"), ((int)choice["index"]!, (string)choice["finish_reason"]!));
        Assert.Null(choice["logprobs"]);
        Assert.Equal(Written(Prompt, 16, seed: 5), (string)choice["text"]!);
        Assert.Equal("""{"prompt_tokens":11,"completion_tokens":16,"total_tokens":27}""", Compact(answer["usage"]));

        static (string, string, int) Names(JsonObject answer) =>
            ((string)answer["model"]!, (string)answer["system_fingerprint"]!, (int)answer["seed"]!);
    }

    [Fact]
    public async Task A_prompt_has_four_shapes()
    {
        var ids = new JsonArray([.. Codec.EncodePrompt(Prompt).Tokens.ToArray().Select(id => (JsonNode)id)]);
        JsonNode[] shapes = [Prompt, new JsonArray(Prompt), ids, new JsonArray(ids.DeepClone())];
        foreach (var shape in shapes)
        {
            Assert.Equal([Written(Prompt, 16, seed: 5)], await TextsAsync(new() { ["prompt"] = shape, ["seed"] = 5 }));
        }
    }

    [Theory]
    [InlineData("""{"seed": 5}""")]
    [InlineData("""{"seed": 5, "prompt": null}""")]
    [InlineData("""{"seed": 5, "prompt": ""}""")]
    [InlineData("""{"seed": 5, "prompt": [""]}""")]
    [InlineData("""{"seed": 5, "prompt": [[]]}""")]
    [InlineData("""{"seed": 5, "unheard": {"of": [1]}, "user": "me", "max_tokens": null, "stop": null}""")]
    public async Task No_prompt_is_a_new_text(string body) =>
        Assert.Equal([Written("", 16, seed: 5)], await TextsAsync(JsonNode.Parse(body)!.AsObject()));

    [Fact]
    public async Task Texts_are_those_of_generate_in_the_order_of_prompts_and_samples()
    {
        string[] prompts = ["the ", "", "a", "the "];
        var body = new JsonObject
        {
            ["prompt"] = new JsonArray([.. prompts.Select(prompt => (JsonNode)prompt)]),
            ["n"] = 3,
            ["max_tokens"] = 40,
            ["temperature"] = 0.7,
            ["top_p"] = 0.9,
            ["top_k"] = 20,
            ["repetition_penalty"] = 1.1,
            ["presence_penalty"] = 0.5,
            ["frequency_penalty"] = -0.25,
            ["stop"] = new JsonArray("\n", "x"),
            ["seed"] = -7,
        };
        var options = new SamplingOptions
        {
            Temperature = 0.7,
            TopP = 0.9,
            TopK = 20,
            RepetitionPenalty = 1.1,
            PresencePenalty = 0.5,
            FrequencyPenalty = -0.25,
            StopStrings = ["\n", "x"],
            Seed = -7,
        };
        var generator = new TextGenerator(Model.Model, Codec, options);
        var expected = generator.GenerateAll(
            [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, 3))],
            40,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(expected, await TextsAsync(body));
        Assert.Equal(expected.Count, expected.Distinct().Count()); // the last prompt is the first, and its texts others
    }

    [Fact]
    public async Task Nothing_of_the_probability_is_the_likeliest_token()
    {
        var generator = new TextGenerator(Model.Model, Codec, SamplingOptions.Greedy);
        var greedy = generator.Generate(Prompt, 20, TestContext.Current.CancellationToken);
        foreach (var field in new[] { "temperature", "top_p" })
        {
            Assert.Equal(
                [greedy],
                await TextsAsync(
                    new()
                    {
                        ["prompt"] = Prompt,
                        ["max_tokens"] = 20,
                        [field] = 0,
                    }
                )
            );
        }
    }

    [Fact]
    public async Task A_penalty_has_the_name_that_either_server_gives_it()
    {
        JsonObject Body(string penalty) =>
            new()
            {
                ["prompt"] = Prompt,
                ["temperature"] = 0,
                [penalty] = 1.5,
            };
        Assert.Equal(await TextsAsync(Body("repetition_penalty")), await TextsAsync(Body("repeat_penalty")));
        Assert.NotEqual(await TextsAsync(Body("unheard")), await TextsAsync(Body("repeat_penalty")));
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(0L)]
    [InlineData(1L << 31)]
    [InlineData((1L << 53) + 1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Every_seed_is_kept_to_the_last_bit(long seed)
    {
        var answer = await Server.CompleteAsync(new() { ["prompt"] = Prompt, ["seed"] = seed });
        Assert.Equal(seed, (long)answer["seed"]!);
        Assert.Equal(Written(Prompt, 16, seed), TextsOf(answer)[0]);
    }

    [Fact]
    public async Task Without_a_seed_each_request_has_another_which_is_told()
    {
        var body = new JsonObject { ["prompt"] = Prompt, ["max_tokens"] = 40 };
        var (one, other) = (await Server.CompleteAsync(body), await Server.CompleteAsync(body));
        Assert.NotEqual((long)one["seed"]!, (long)other["seed"]!);
        Assert.NotEqual(TextsOf(one), TextsOf(other));
        Assert.InRange((long)one["seed"]!, 0, (1L << 53) - 1); // so that JavaScript can send it back
        Assert.Equal(Written(Prompt, 40, (long)one["seed"]!), TextsOf(one)[0]);
    }

    [Fact]
    public async Task A_stop_string_ends_a_text_before_it()
    {
        var whole = Written(Prompt, 100, seed: 5);
        var stop = whole[30..33];
        var answer = await Server.CompleteAsync(
            new()
            {
                ["prompt"] = Prompt,
                ["max_tokens"] = 100,
                ["seed"] = 5,
                ["stop"] = stop,
                ["logprobs"] = 0,
            }
        );
        var expected = whole[..whole.IndexOf(stop, StringComparison.Ordinal)];
        var choice = answer["choices"]![0]!;
        Assert.Equal((expected, "stop"), ((string)choice["text"]!, (string)choice["finish_reason"]!));
        Assert.Equal(expected, string.Concat(Strings(choice["logprobs"]!["tokens"])));
        Assert.Equal(expected.Length + stop.Length, (int)answer["usage"]!["completion_tokens"]!);
    }

    [Fact]
    public async Task Best_of_answers_with_the_likeliest()
    {
        var body = new JsonObject
        {
            ["prompt"] = new JsonArray("the ", "a "),
            ["n"] = 6,
            ["seed"] = 5,
            ["logprobs"] = 0,
        };
        var all = await Server.CompleteAsync(body);
        body["n"] = 2;
        body["best_of"] = 6;
        var best = await Server.CompleteAsync(body);
        var expected = all["choices"]!
            .AsArray()
            .Chunk(6)
            .SelectMany(texts => texts.OrderByDescending(Mean).Take(2))
            .Select(choice => (string)choice!["text"]!);
        Assert.Equal(expected, TextsOf(best));
        Assert.Equal([0, 1, 2, 3], best["choices"]!.AsArray().Select(choice => (int)choice!["index"]!));
        Assert.Equal(Compact(all["usage"]), Compact(best["usage"])); // of all that were written

        static double Mean(JsonNode? choice) =>
            choice!["logprobs"]!["token_logprobs"]!.AsArray().Average(number => (double)number!);
    }

    [Theory]
    [InlineData(20, 2, 40_000, false, 4_800_000)]
    [InlineData(10, 2, 40_000, false, null)]
    [InlineData(20, 2, 40_000, true, null)]
    [InlineData(20, null, 40_000, false, null)]
    public async Task An_answer_of_too_many_probabilities_must_be_streamed(
        int samples,
        int? likeliest,
        int length,
        bool isStreamed,
        int? scores
    )
    {
        var body = new JsonObject
        {
            ["prompt"] = new JsonArray("the ", "a "),
            ["n"] = samples,
            ["logprobs"] = likeliest,
            ["max_tokens"] = length,
            ["stream"] = isStreamed,
            ["stop"] = " ", // so that what is allowed ends soon
        };
        var reply = await Server.PostAsync("/v1/completions", body.ToJsonString());
        if (scores is null)
        {
            Assert.Equal(HttpStatusCode.OK, reply.Status);
            return;
        }
        reply.AssertError(400, "invalid_request_error", "logprobs", code: null);
        Assert.Contains($"could have {scores:#,0} probabilities and may have 4,000,000", reply.Text);
    }

    [Fact]
    public async Task A_bias_forbids_and_forces_tokens()
    {
        var e = Codec.Vocabulary["e"];
        var body = new JsonObject
        {
            ["prompt"] = Prompt,
            ["logit_bias"] = new JsonObject { [$"{e}"] = 100 },
        };
        Assert.Equal([new string('e', 16)], await TextsAsync(body));
        body["logit_bias"]![$"{e}"] = -100;
        body["max_tokens"] = 200;
        Assert.DoesNotContain("e", (await TextsAsync(body))[0]);
    }

    [Fact]
    public async Task No_tokens_at_all_are_an_empty_text_with_its_usage()
    {
        var answer = await Server.CompleteAsync(new() { ["prompt"] = Prompt, ["max_tokens"] = 0 });
        Assert.Equal([""], TextsOf(answer));
        Assert.Equal("""{"prompt_tokens":11,"completion_tokens":0,"total_tokens":11}""", Compact(answer["usage"]));
    }

    private Formats.TrainedModel Model => Server.Models[0].Trained;

    private Text.TextCodec Codec => Model.Codec;

    private string Written(string prompt, int length, long seed) =>
        new TextGenerator(Model.Model, Codec, new() { Temperature = 1, Seed = seed }).Generate(prompt, length);

    private async Task<List<string>> TextsAsync(JsonObject body) => TextsOf(await Server.CompleteAsync(body));

    private static List<string> TextsOf(JsonNode answer) =>
        [.. answer["choices"]!.AsArray().Select(choice => (string)choice!["text"]!)];

    private static IEnumerable<string> Strings(JsonNode? array) => array!.AsArray().Select(text => (string)text!);

    private static string Compact(JsonNode? node) => node!.ToJsonString();
}
