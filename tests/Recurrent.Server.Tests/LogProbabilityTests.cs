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
