using System.Text.Json.Nodes;
using Recurrent.Decoding;
using Recurrent.Models;
using Recurrent.Server.Tests.Support;
using Recurrent.Text;

namespace Recurrent.Server.Tests;

/// <summary>Probabilities of tokens, and prompts that are echoed.</summary>
public sealed class LogProbabilityTests() : Serving("gru", "lstm-bytes", "gru-words")
{
    private const string Prompt = "the miller ";

    [Fact]
    public async Task Are_those_of_the_model_whatever_the_sampling()
    {
        var choice = await ChoiceAsync("gru", 2, ("temperature", 0.5), ("logit_bias", new JsonObject { ["3"] = 5 }));
        var probabilities = choice["logprobs"]!;
        var tokens = Strings(probabilities["tokens"]);
        Assert.Equal((string)choice["text"]!, string.Concat(tokens));
        var expected = Expected(Prompt, string.Concat(tokens)).ToList();
        for (var i = 0; i < tokens.Count; i++)
        {
            var (token, all) = expected[i];
            Assert.Equal(all[token], (double)probabilities["token_logprobs"]![i]!);
            var top = probabilities["top_logprobs"]![i]!.AsObject();
            var likeliest = all.Index().OrderByDescending(pair => pair.Item).Take(2).Select(pair => pair.Index);
            var names = likeliest.Append(token).Distinct().Select(index => Codec("gru").Vocabulary[index]);
            Assert.Equal(names, top.Select(pair => pair.Key));
            Assert.Equal((double)top[tokens[i]]!, (double)probabilities["token_logprobs"]![i]!);
        }
        Assert.Equal(Enumerable.Range(0, 16), Numbers(probabilities["text_offset"]));
    }

    [Fact]
    public async Task Zero_asks_for_the_chosen_tokens_alone()
    {
        var probabilities = (await ChoiceAsync("gru", 0))["logprobs"]!;
        Assert.Equal(16, probabilities["token_logprobs"]!.AsArray().Count);
        Assert.Null(probabilities["top_logprobs"]);
    }

    [Fact]
    public async Task An_echoed_prompt_is_scored_as_its_continuation_is()
    {
        var written = await ChoiceAsync("gru", 1);
        var text = Prompt + (string)written["text"]!;
        var echoed = await ChoiceAsync("gru", 1, ("prompt", text), ("echo", true), ("max_tokens", 0));
        Assert.Equal((text, "length"), ((string)echoed["text"]!, (string)echoed["finish_reason"]!));
        var (before, after) = (written["logprobs"]!, echoed["logprobs"]!);
        Assert.Null(after["token_logprobs"]![0]);
        Assert.Null(after["top_logprobs"]![0]);
        Assert.Equal(text, string.Concat(Strings(after["tokens"])));
        Assert.Equal(Enumerable.Range(0, text.Length), Numbers(after["text_offset"]));
        foreach (var part in new[] { "token_logprobs", "top_logprobs" })
        {
            var scores = after[part]!.AsArray().Skip(Prompt.Length).Select(node => node!.ToJsonString());
            Assert.Equal(before[part]!.AsArray().Select(node => node!.ToJsonString()), scores);
        }
    }

    [Fact]
    public async Task The_first_token_of_a_prompt_is_scored_as_what_begins_a_text_where_it_is_asked_for()
    {
        var without = await EchoAsync(first: false);
        var with = await EchoAsync(first: true);
        Assert.Null(without["token_logprobs"]![0]);
        var force = new JsonObject { [$"{Codec("gru").Vocabulary["t"]}"] = 100 };
        var one = await ChoiceAsync("gru", 2, ("prompt", ""), ("logit_bias", force), ("max_tokens", 1));
        var begun = one["logprobs"]!;
        Assert.Equal("t", (string)begun["tokens"]![0]!);
        foreach (var part in new[] { "token_logprobs", "top_logprobs" })
        {
            Assert.Equal(begun[part]![0]!.ToJsonString(), with[part]![0]!.ToJsonString());
            Assert.Equal(Rest(without[part]), Rest(with[part]));
        }
        Assert.Equal(without["text_offset"]!.ToJsonString(), with["text_offset"]!.ToJsonString());

        async Task<JsonNode> EchoAsync(bool first)
        {
            (string, JsonNode)[] echo = [("prompt", "the miller"), ("echo", true), ("max_tokens", 0)];
            return (await ChoiceAsync("gru", 2, [.. echo, ("first_token_logprob", first)]))["logprobs"]!;
        }

        static IEnumerable<string> Rest(JsonNode? scores) => scores!.AsArray().Skip(1).Select(node => $"{node}");
    }

    [Fact]
    public async Task As_many_tokens_as_the_server_allows_are_told_the_likeliest_first()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { MaxLogProbs = 1000 }, "gru");
        var size = Codec("gru").Vocabulary.Count;
        foreach (var top in new[] { 1, 7, size, 1000 })
        {
            var body = new JsonObject
            {
                ["logprobs"] = top,
                ["max_tokens"] = 3,
                ["seed"] = 1,
            };
            var answer = await server.CompleteAsync(body);
            foreach (var likeliest in answer["choices"]![0]!["logprobs"]!["top_logprobs"]!.AsArray())
            {
                var numbers = likeliest!.AsObject().Take(top).Select(pair => (double)pair.Value!).ToList();
                Assert.Equal(Math.Min(top, size), numbers.Count);
                Assert.Equal(numbers.OrderDescending(), numbers);
                Assert.True(top < size || Math.Abs(numbers.Sum(Math.Exp) - 1) < 1e-9, "A token is missing.");
            }
        }
        var tooMany = await server.PostAsync("/v1/completions", """{"logprobs": 1001}""");
        tooMany.AssertError(400, "invalid_request_error", "logprobs", code: null);
    }

    [Theory]
    [InlineData("gru", "the mi", null)]
    [InlineData("gru", "", "e")]
    [InlineData("lstm-bytes", "ß", null)]
    [InlineData("gru-words", "the ", null)]
    public async Task The_ids_of_tokens_are_those_of_the_text(string model, string prompt, string? stop)
    {
        var codec = Codec(model);
        var body = new JsonObject
        {
            ["model"] = model,
            ["prompt"] = prompt,
            ["stop"] = stop,
            ["seed"] = 3,
            ["return_token_ids"] = true,
        };
        var choice = (await Server.CompleteAsync(body))["choices"]![0]!;
        Assert.Equal(codec.EncodePrompt(prompt).Tokens.ToArray(), Numbers(choice["prompt_token_ids"]));
        var ids = Numbers(choice["token_ids"]).ToArray();
        Assert.Null(choice["logprobs"]);
        Assert.Equal(((string)choice["text"]!).Trim(), codec.Decode(ids).Trim());
        var pieces = (await Server.StreamAsync(body))
            .SkipLast(1)
            .Select(text => JsonNode.Parse(text)!["choices"]![0]!.AsObject())
            .ToList();
        Assert.Equal(ids, pieces.SelectMany(piece => Numbers(piece["token_ids"])));
        Assert.All(pieces.Skip(1), piece => Assert.False(piece.ContainsKey("prompt_token_ids")));
    }

    [Fact]
    public async Task An_echo_goes_on_behind_the_prompt()
    {
        var plain = await ChoiceAsync("gru", 0);
        var echoed = await ChoiceAsync("gru", 0, ("echo", true));
        Assert.Equal(Prompt + (string)plain["text"]!, (string)echoed["text"]!);
        Assert.Equal(Enumerable.Range(0, Prompt.Length + 16), Numbers(echoed["logprobs"]!["text_offset"]));
    }

    [Fact]
    public async Task What_the_model_does_not_know_is_echoed_as_it_was_sent()
    {
        var echoed = await ChoiceAsync("gru", 0, ("echo", true), ("prompt", "mill漢🙂er"), ("max_tokens", 1));
        Assert.StartsWith("mill漢🙂er", (string)echoed["text"]!);
        var tokens = Strings(echoed["logprobs"]!["tokens"]);
        Assert.Equal(["m", "i", "l", "l", "<unk>", "<unk>", "e", "r"], tokens.Take(8));
        Assert.Equal(Enumerable.Range(0, 9), Numbers(echoed["logprobs"]!["text_offset"])); // in code points
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_spelled()
    {
        var body = new JsonObject
        {
            ["model"] = "lstm-bytes",
            ["prompt"] = "ß",
            ["n"] = 20,
            ["max_tokens"] = 50,
            ["logprobs"] = 5,
            ["temperature"] = 1.5,
            ["seed"] = 3,
            ["echo"] = true,
        };
        var answer = await Server.CompleteAsync(body);
        foreach (var choice in answer["choices"]!.AsArray())
        {
            var (text, probabilities) = ((string)choice!["text"]!, choice["logprobs"]!);
            var tokens = Strings(probabilities["tokens"]);
            Assert.Equal([@"bytes:\xc3", @"bytes:\x9f"], tokens.Take(2));
            Assert.All(
                tokens,
                token => Assert.True(token.Length == 1 || token is "<unk>" || token[..8] == @"bytes:\x")
            );
            var offsets = Numbers(probabilities["text_offset"]).ToList();
            Assert.Equal([0, 0, 1], offsets.Take(3));
            Assert.Equal(offsets.Order(), offsets);
            var runes = text.EnumerateRunes().ToList();
            foreach (var (token, offset) in tokens.Zip(offsets).Where(pair => pair.First.Length == 1))
            {
                // A character that a byte has cut short begins where the next token shows that it is none.
                Assert.Contains($"{runes[offset]}", (string[])[token, "\uFFFD"]);
            }
        }
    }

    [Fact]
    public async Task Words_have_the_places_where_their_spaces_begin()
    {
        var choice = await ChoiceAsync("gru-words", 0, ("prompt", "the "), ("max_tokens", 6));
        var (text, probabilities) = ((string)choice["text"]!, choice["logprobs"]!);
        var offsets = Numbers(probabilities["text_offset"]).Append(text.Length).ToList();
        foreach (var (i, token) in Strings(probabilities["tokens"]).Index())
        {
            Assert.Equal(token.Trim(), text[offsets[i]..offsets[i + 1]].Trim());
        }
    }

    private static IEnumerable<(int Token, double[] All)> Expected(string prompt, string text)
    {
        var trained = TestServer.Load("gru");
        var batch = new StreamBatch(trained.Model.CreateDecoder(), trained.Codec, slots: 1);
        var all = trained.Codec.EncodePrompt(prompt + text);
        var stream = batch.Admit(all, new() { Length = 0, ScoresPrompt = true });
        for (var i = 1; i < all.Tokens.Length; i++)
        {
            var token = Assert.Single(batch.Step()).Token!.Value;
            if (i < prompt.Length)
            {
                continue;
            }
            var logits = batch.LogitsOf(stream).ToArray();
            var (highest, logSum) = Softmax.Normalizer(logits);
            yield return (token, Array.ConvertAll(logits, logit => logit - highest - logSum));
        }
    }

    private TextCodec Codec(string model) => Server.Models.First(served => served.Name == model).Codec;

    private async Task<JsonNode> ChoiceAsync(string model, int top, params (string Name, JsonNode Value)[] more)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["prompt"] = Prompt,
            ["seed"] = 5,
            ["logprobs"] = top,
        };
        foreach (var (name, value) in more)
        {
            body[name] = value;
        }
        return (await Server.CompleteAsync(body))["choices"]![0]!;
    }

    private static List<string> Strings(JsonNode? array) => [.. array!.AsArray().Select(text => (string)text!)];

    private static IEnumerable<int> Numbers(JsonNode? array) => array!.AsArray().Select(number => (int)number!);
}
