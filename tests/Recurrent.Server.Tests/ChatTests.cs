using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Chats, which are completions of their messages.</summary>
public sealed class ChatTests() : Serving("gru", "lstm-bytes")
{
    private const string Path = "/v1/chat/completions";

    private protected override ServerOptions Options => new() { ChatSeparator = "\n" };

    [Fact]
    public async Task The_last_message_is_continued_behind_the_others()
    {
        var body = Chat(("system", "one"), ("user", "the "));
        var answer = await AnswerAsync(body);
        string[] fields = ["id", "object", "created", "model", "system_fingerprint", "seed", "choices", "usage"];
        Assert.Equal(fields, answer.AsObject().Select(field => field.Key));
        Assert.StartsWith("chatcmpl-", (string)answer["id"]!);
        Assert.Equal("chat.completion", (string)answer["object"]!);
        var choice = Assert.Single(answer["choices"]!.AsArray())!.AsObject();
        Assert.Equal(["index", "message", "logprobs", "finish_reason"], choice.Select(field => field.Key));
        Assert.Equal(["role", "content", "refusal"], choice["message"]!.AsObject().Select(field => field.Key));
        var completion = await Server.CompleteAsync(
            new()
            {
                ["model"] = "gru",
                ["prompt"] = "one\nthe ",
                ["max_tokens"] = 20,
                ["seed"] = 7,
            }
        );
        Assert.Equal((string)completion["choices"]![0]!["text"]!, (string)choice["message"]!["content"]!);
        Assert.Equal(completion["usage"]!.ToJsonString(), answer["usage"]!.ToJsonString());
        Assert.Equal("length", (string)choice["finish_reason"]!);
    }

    [Fact]
    public async Task A_content_may_come_in_parts_or_not_at_all()
    {
        var whole = await AnswerAsync(Chat(("user", "the "), ("assistant", "")));
        var body = Chat(("user", ""), ("assistant", ""));
        body["messages"]![0]!["content"] = new JsonArray(Part("th"), Part("e "));
        body["messages"]![1]!.AsObject().Remove("content");
        Assert.Equal(Content(whole), Content(await AnswerAsync(body)));

        static JsonObject Part(string text) => new() { ["type"] = "text", ["text"] = text };
    }

    [Fact]
    public async Task Pieces_make_up_the_whole()
    {
        var body = Chat(("user", "the "));
        body["n"] = 3;
        body["logprobs"] = true;
        body["top_logprobs"] = 2;
        body["stop"] = "e";
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        var events = await Server.StreamAsync(body, Path);
        Assert.Equal("[DONE]", events[^1]);
        var pieces = events.SkipLast(1).Select(text => JsonNode.Parse(text)!).ToList();
        Assert.All(pieces, piece => Assert.Equal("chat.completion.chunk", (string)piece["object"]!));
        body.Remove("stream_options");
        var whole = await AnswerAsync(body);
        Assert.Equal(whole["usage"]!.ToJsonString(), pieces[^1]["usage"]!.ToJsonString());
        foreach (var choice in whole["choices"]!.AsArray())
        {
            var mine = pieces
                .SkipLast(1)
                .Select(piece => Assert.Single(piece["choices"]!.AsArray())!)
                .Where(piece => (int)piece["index"]! == (int)choice!["index"]!)
                .ToList();
            Assert.Equal("assistant", (string)mine[0]["delta"]!["role"]!);
            Assert.All(mine.Skip(1), piece => Assert.Null(piece["delta"]!["role"]));
            Assert.Equal((string)choice!["message"]!["content"]!, string.Concat(mine.Select(Content)));
            Assert.Equal((string)choice["finish_reason"]!, (string)mine[^1]["finish_reason"]!);
            Assert.Equal(Tokens(choice), mine.SelectMany(Tokens));
        }

        static string Content(JsonNode piece) => (string)piece["delta"]!["content"]!;

        static IEnumerable<string> Tokens(JsonNode choice) =>
            choice["logprobs"]!["content"]!.AsArray().Select(token => token!.ToJsonString());
    }

    [Fact]
    public async Task Probabilities_are_those_of_the_completion_with_the_bytes_of_each_token()
    {
        var body = Chat(("user", "ß"));
        body["model"] = "lstm-bytes";
        body["logprobs"] = true;
        body["top_logprobs"] = 20;
        var chat = (await AnswerAsync(body))["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        var completion = await Server.CompleteAsync(
            new()
            {
                ["model"] = "lstm-bytes",
                ["prompt"] = "ß",
                ["max_tokens"] = 20,
                ["seed"] = 7,
                ["logprobs"] = 5,
            }
        );
        var scores = completion["choices"]![0]!["logprobs"]!;
        Assert.Equal(Texts(scores["tokens"]!), chat.Select(token => (string)token!["token"]!));
        Assert.Equal(Texts(scores["token_logprobs"]!), chat.Select(token => $"{token!["logprob"]}"));
        foreach (var token in chat)
        {
            Assert.Equal(20, token!["top_logprobs"]!.AsArray().Count);
            var (name, bytes) = ((string)token["token"]!, token["bytes"]);
            byte[]? expected =
                name == "<unk>" ? null
                : name.StartsWith(@"bytes:\x", StringComparison.Ordinal) ? Convert.FromHexString(name[8..])
                : Encoding.UTF8.GetBytes(name);
            Assert.Equal(expected, bytes?.AsArray().Select(value => (byte)value!).ToArray());
        }

        static IEnumerable<string> Texts(JsonNode array) => array.AsArray().Select(node => $"{node}");
    }

    [Fact]
    public async Task The_newer_name_of_the_length_goes_first_and_a_text_has_300_tokens_without_one()
    {
        var body = Chat(("user", "the "));
        body["max_completion_tokens"] = 5;
        Assert.Equal(5, (int)(await AnswerAsync(body))["usage"]!["completion_tokens"]!);
        body.Remove("max_completion_tokens");
        body.Remove("max_tokens");
        Assert.Equal(300, (int)(await AnswerAsync(body))["usage"]!["completion_tokens"]!);
    }

    [Theory]
    [InlineData("""{}""", "messages")]
    [InlineData("""{"messages": []}""", "messages")]
    [InlineData("""{"messages": "the "}""", "messages")]
    [InlineData("""{"messages": ["the "]}""", "messages")]
    [InlineData("""{"messages": [{"content": "the "}]}""", "messages")]
    [InlineData("""{"messages": [{"role": 1, "content": "the "}]}""", "messages")]
    [InlineData("""{"messages": [{"role": "user", "content": 1}]}""", "messages[0].content")]
    [InlineData("""{"messages": [{"role": "user"}, {"role": "user", "content": [1]}]}""", "messages[1].content")]
    [InlineData("""{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""", "messages[0].content")]
    [InlineData("""{"messages": [{"role": "user"}], "tools": [{"type": "function"}]}""", "tools")]
    [InlineData("""{"messages": [{"role": "user"}], "functions": {}}""", "functions")]
    [InlineData("""{"messages": [{"role": "user"}], "response_format": {"type": "json_object"}}""", "response_format")]
    [InlineData("""{"messages": [{"role": "user"}], "top_logprobs": 1}""", "top_logprobs")]
    [InlineData("""{"messages": [{"role": "user"}], "logprobs": 1}""", "logprobs")]
    [InlineData("""{"messages": [{"role": "user"}], "logprobs": true, "top_logprobs": 21}""", "top_logprobs")]
    [InlineData("""{"messages": [{"role": "user"}], "max_completion_tokens": -1}""", "max_completion_tokens")]
    [InlineData("""{"messages": [{"role": "user"}], "temperature": -1}""", "temperature")]
    [InlineData("""{"messages": [{"role": "user"}], "stream_options": {}}""", "stream_options")]
    [InlineData("""{"messages": [{"role": "user"}], "n": 129}""", "n")]
    public async Task A_wrong_field_is_named(string body, string field)
    {
        var named = JsonNode.Parse(body)!;
        named["model"] = "gru";
        var reply = await Server.PostAsync(Path, named.ToJsonString());
        reply.AssertError(400, "invalid_request_error", field, code: null);
    }

    [Theory]
    [InlineData("""{"tools": [], "tool_choice": "none", "functions": null, "response_format": {"type": "text"}}""")]
    [InlineData("""{"store": false, "user": "me", "metadata": {"a": "b"}, "parallel_tool_calls": false}""")]
    public async Task What_asks_for_nothing_else_makes_no_difference(string more)
    {
        var body = Chat(("user", "the "));
        var plain = await AnswerAsync(body);
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
        {
            body[name] = value?.DeepClone();
        }
        Assert.Equal(Content(plain), Content(await AnswerAsync(body)));
    }

    [Fact]
    public async Task Models_say_that_they_were_not_made_to_chat() =>
        Assert.False((bool)(await Server.GetAsync("/v1/models/gru")).Json["meta"]!["chat"]!);

    private static JsonObject Chat(params (string Role, string Content)[] messages) =>
        new()
        {
            ["model"] = "gru",
            ["messages"] = new JsonArray([
                .. messages.Select(message => new JsonObject
                {
                    ["role"] = message.Role,
                    ["content"] = message.Content,
                }),
            ]),
            ["max_tokens"] = 20,
            ["seed"] = 7,
        };

    private async Task<JsonNode> AnswerAsync(JsonObject body)
    {
        var reply = await Server.PostAsync(Path, body.ToJsonString());
        Assert.True(reply.Status == System.Net.HttpStatusCode.OK, reply.Text);
        return reply.Json;
    }

    private static string Content(JsonNode answer) => (string)answer["choices"]![0]!["message"]!["content"]!;
}
