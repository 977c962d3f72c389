using System.Net;
using System.Text;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>What is wrong, in the form that OpenAI's clients read, whoever finds it out.</summary>
public sealed class ErrorTests() : Serving("gru")
{
    private const string Invalid = "invalid_request_error";
    private const string Completions = "/v1/completions";

    [Theory]
    [InlineData("""{"temperature": -1}""", "temperature")]
    [InlineData("""{"temperature": 1001}""", "temperature")]
    [InlineData("""{"temperature": 1e999}""", "temperature")]
    [InlineData("""{"temperature": "hot"}""", "temperature")]
    [InlineData("""{"temperature": [1]}""", "temperature")]
    [InlineData("""{"top_p": 1.5}""", "top_p")]
    [InlineData("""{"top_k": -2}""", "top_k")]
    [InlineData("""{"min_p": 1.1}""", "min_p")]
    [InlineData("""{"repeat_penalty": 0.5}""", "repeat_penalty")]
    [InlineData("""{"repeat_penalty": 2, "repetition_penalty": 2}""", "repeat_penalty")]
    [InlineData("""{"stream_interval_ms": -1}""", "stream_interval_ms")]
    [InlineData("""{"stream_interval_ms": 10001}""", "stream_interval_ms")]
    [InlineData("""{"return_token_ids": 1}""", "return_token_ids")]
    [InlineData("""{"first_token_logprob": "yes"}""", "first_token_logprob")]
    [InlineData("""{"n": 0}""", "n")]
    [InlineData("""{"n": 1000000000}""", "n")]
    [InlineData("""{"n": 2.5}""", "n")]
    [InlineData("""{"n": 128, "prompt": ["","","","","","","","",""]}""", "n")]
    [InlineData("""{"n": 3, "best_of": 2}""", "best_of")]
    [InlineData("""{"best_of": 21}""", "best_of")]
    [InlineData("""{"best_of": 2, "stream": true}""", "best_of")]
    [InlineData("""{"max_tokens": -1}""", "max_tokens")]
    [InlineData("""{"max_tokens": 100001}""", "max_tokens")]
    [InlineData("""{"max_tokens": 2147483648}""", "max_tokens")]
    [InlineData("""{"logprobs": 6}""", "logprobs")]
    [InlineData("""{"logprobs": 1000000}""", "logprobs")]
    [InlineData("""{"logprobs": true}""", "logprobs")]
    [InlineData("""{"echo": 1}""", "echo")]
    [InlineData("""{"stream": "yes"}""", "stream")]
    [InlineData("""{"stream_options": {"include_usage": true}}""", "stream_options")]
    [InlineData("""{"stream": true, "stream_options": 1}""", "stream_options")]
    [InlineData("""{"stream": true, "stream_options": {"include_usage": 1}}""", "stream_options.include_usage")]
    [InlineData("""{"suffix": "end"}""", "suffix")]
    [InlineData("""{"stop": ""}""", "stop")]
    [InlineData("""{"stop": ["a", ""]}""", "stop")]
    [InlineData("""{"stop": ["a", 1]}""", "stop")]
    [InlineData("""{"presence_penalty": 2.5}""", "presence_penalty")]
    [InlineData("""{"frequency_penalty": -3}""", "frequency_penalty")]
    [InlineData("""{"repetition_penalty": 0}""", "repetition_penalty")]
    [InlineData("""{"logit_bias": [1]}""", "logit_bias")]
    [InlineData("""{"logit_bias": {"1": 101}}""", "logit_bias")]
    [InlineData("""{"logit_bias": {"-1": 1}}""", "logit_bias")]
    [InlineData("""{"logit_bias": {"4294967297": 1}}""", "logit_bias")]
    [InlineData("""{"logit_bias": {"e": 1}}""", "logit_bias")]
    [InlineData("""{"logit_bias": {"1": 1, "01": 1}}""", "logit_bias")]
    [InlineData("""{"seed": 1.5}""", "seed")]
    [InlineData("""{"seed": 9223372036854775808}""", "seed")]
    [InlineData("""{"model": 1}""", "model")]
    [InlineData("""{"prompt": []}""", "prompt")]
    [InlineData("""{"prompt": 1}""", "prompt")]
    [InlineData("""{"prompt": true}""", "prompt")]
    [InlineData("""{"prompt": {"a": 1}}""", "prompt")]
    [InlineData("""{"prompt": [-1]}""", "prompt")]
    [InlineData("""{"prompt": [100000]}""", "prompt")]
    [InlineData("""{"prompt": [4294967296]}""", "prompt")]
    [InlineData("""{"prompt": [57]}""", "prompt")]
    [InlineData("""{"prompt": [1.5]}""", "prompt")]
    [InlineData("""{"prompt": [true]}""", "prompt")]
    [InlineData("""{"prompt": [["a"]]}""", "prompt")]
    [InlineData("""{"prompt": [1, "a"]}""", "prompt")]
    [InlineData("""{"prompt": ["a", 1]}""", "prompt")]
    [InlineData("""{"prompt": [[1], "a"]}""", "prompt")]
    [InlineData("""{"prompt": [[[1]]]}""", "prompt")]
    [InlineData("""{"prompt": [null]}""", "prompt")]
    public async Task A_wrong_field_is_named(string body, string field)
    {
        (await Server.PostAsync(Completions, body)).AssertError(400, Invalid, field, code: null);
        await AssertServesAsync();
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("prompt=the+", "is not JSON from its byte 0 in line 1 on")]
    [InlineData("{\n \"prompt\": }", "is not JSON from its byte 11 in line 2 on")]
    [InlineData("{", "is not JSON from its byte 1 in line 1 on")]
    [InlineData("[]", "is not an object")]
    [InlineData("null", "is not an object")]
    [InlineData("""{"prompt": "a"} more""", "is not JSON from its byte 16 in line 1 on")]
    [InlineData("""{"prompt": "a", "prompt": "b"}""", "has an object with a name that is given twice")]
    [InlineData("""{"logit_bias": {"1": 1, "1": 1}}""", "has an object with a name that is given twice")]
    [InlineData("""{"\ud800": 1}""", "has a text with half a surrogate pair")]
    [InlineData("""{"prompt": "\ud800"}""", "has a text with half a surrogate pair")]
    [InlineData("""{"stop": ["\udc00"]}""", "has a text with half a surrogate pair")]
    [InlineData("""{"logit_bias": {"\ud800": 1}}""", "has a text with half a surrogate pair")]
    [InlineData("""{"a": [[[[[[[[1]]]]]]]]}""", "is nested more than 8 deep")]
    [InlineData("""{"a": [[[[[[[[[[1]]]]]]]]]]}""", "is nested more than 8 deep")]
    public async Task A_body_that_is_no_object_is_refused(string body, string what)
    {
        var reply = await Server.PostAsync(Completions, body);
        reply.AssertError(400, Invalid, param: null, "invalid_json");
        Assert.Equal(
            $$"""The body {{what}}; send an object such as {"prompt": "the "}.""",
            (string)reply.Json["error"]!["message"]!
        );
        await AssertServesAsync();
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] body = [.. "{\"prompt\": \""u8, 0xC3, .. "\"}"u8];
        (await Server.PostAsync(Completions, body)).AssertError(400, Invalid, param: null, "invalid_json");
        Assert.Equal(HttpStatusCode.OK, (await Server.PostAsync(Completions, [.. "\uFEFF{}"u8])).Status);
    }

    [Fact]
    public async Task Deep_nesting_is_refused()
    {
        var body = new string('[', 100_000);
        (await Server.PostAsync(Completions, body)).AssertError(400, Invalid, param: null, "invalid_json");
    }

    [Fact]
    public async Task No_such_model() =>
        (await Server.PostAsync(Completions, """{"model": "other"}""")).AssertError(
            404,
            Invalid,
            "model",
            "model_not_found"
        );

    [Theory]
    [InlineData("/pages")]
    [InlineData("/v1")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v1/completions/more")]
    public async Task No_such_path(string path) =>
        (await Server.GetAsync(path)).AssertError(404, Invalid, param: null, "unknown_url");

    [Fact]
    public async Task A_client_that_chats_is_told_what_to_ask()
    {
        var reply = await Server.PostAsync("/v1/chat/completions", "{}");
        reply.AssertError(404, Invalid, param: null, "unknown_url");
        Assert.Contains("/v1/completions", (string)reply.Json["error"]!["message"]!);
    }

    [Fact]
    public async Task A_path_takes_its_own_method_alone()
    {
        (await Server.GetAsync(Completions)).AssertError(405, Invalid, param: null, code: null);
        (await Server.PostAsync("/v1/models", "{}")).AssertError(405, Invalid, param: null, code: null);
    }

    [Fact]
    public async Task A_body_that_is_compressed_or_in_another_encoding_is_refused()
    {
        using var compressed = new StringContent("{}");
        compressed.Headers.ContentEncoding.Add("gzip");
        using var latin = new StringContent("{}", Encoding.Latin1, "application/json");
        foreach (var content in new[] { compressed, latin })
        {
            using var response = await Server.Client.PostAsync(
                Completions,
                content,
                TestContext.Current.CancellationToken
            );
            (await Reply.ReadAsync(response)).AssertError(415, Invalid, param: null, code: null);
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var small = await TestServer.StartAsync(new ServerOptions { MaxBody = 1 }, "gru");
        var body = $$"""{"prompt": "{{new string('a', 1 << 20)}}"}""";
        (await small.PostAsync(Completions, body)).AssertError(413, Invalid, param: null, "body_too_large");
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly_is_answered()
    {
        const string Head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n";
        var answer = await Server.RawAsync(Head + "{");
        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.Contains("\"code\":\"request_timeout\"", answer);
    }

    [Fact]
    public async Task More_texts_than_may_wait_are_told_when_to_come_again()
    {
        await using var small = await TestServer.StartAsync(new ServerOptions { MaxRows = 1, MaxQueue = 2 }, "gru");
        const string Long = """{"max_tokens": 100000, "prompt": ["a", "b"]}""";
        using var leaving = new CancellationTokenSource();
        using var content = new StringContent(Long);
        var running = small.Client.PostAsync(Completions, content, leaving.Token);
        while (small.Models[0].Engine is not { Running: 1, Waiting: 1 })
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        var reply = await small.PostAsync(Completions, Long);
        reply.AssertError(429, "rate_limit_error", param: null, "queue_full");
        Assert.Equal(["1"], reply.Headers.GetValues("Retry-After"));
        Assert.Equal(["1000"], reply.Headers.GetValues("retry-after-ms"));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await small.Models[0].Engine.IdleAsync();
        Assert.Equal(HttpStatusCode.OK, (await small.PostAsync(Completions, """{"prompt": ["a", "b"]}""")).Status);
    }

    [Fact]
    public async Task A_request_has_its_own_name_or_the_clients()
    {
        Assert.StartsWith("req-", await NameAsync(null));
        Assert.Equal("a.b-C_1", await NameAsync("a.b-C_1"));
        Assert.StartsWith("req-", await NameAsync(new string('a', 65)));
        Assert.StartsWith("req-", await NameAsync("a b"));
        Assert.StartsWith("req-", await NameAsync(new string('a', 10_000)));
        Assert.StartsWith("req-", await NameAsync("a\tb"));

        async Task<string> NameAsync(string? given)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
            request.Headers.TryAddWithoutValidation("X-Request-Id", given);
            using var response = await Server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return Assert.Single(response.Headers.GetValues("X-Request-Id"));
        }
    }

    private async Task AssertServesAsync() =>
        Assert.Equal(HttpStatusCode.OK, (await Server.PostAsync(Completions, """{"max_tokens": 1}""")).Status);
}
