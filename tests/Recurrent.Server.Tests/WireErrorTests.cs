using System.Text;
using System.Text.Json.Nodes;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Requests that are not HTTP, and how far the framework's own errors are in the form of all others.</summary>
public sealed class WireErrorTests() : Serving("gru")
{
    private const string Post = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n";

    [Theory]
    [InlineData(400, "nonsense\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\n\r\n")] // no Host
    [InlineData(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nA b: c\r\n\r\n")]
    [InlineData(400, "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /%zz%00 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, Post + "Content-Length: -1\r\n\r\n{}")]
    [InlineData(400, Post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [InlineData(400, Post + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")]
    [InlineData(400, Post + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffff\r\n{}\r\n")]
    [InlineData(505, "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n")]
    public async Task What_is_not_HTTP_is_told_so_in_the_form_of_all_errors(int status, string request)
    {
        AssertError(status, await Server.RawAsync(request));
        Assert.Equal("""{"status":"ready"}""", (await Server.GetAsync("/health")).Text);
    }

    [Fact]
    public async Task Too_much_before_the_body_is_told_with_the_bounds()
    {
        var large = new string('a', 40_000);
        AssertError(414, await Server.RawAsync($"GET /{large} HTTP/1.1\r\nHost: localhost\r\n\r\n"), "8 KB");
        AssertError(431, await Server.RawAsync($"GET / HTTP/1.1\r\nHost: localhost\r\nA: {large}\r\n\r\n"), "32 KB");
        var many = string.Concat(Enumerable.Range(0, 200).Select(i => $"A{i}: b\r\n"));
        AssertError(431, await Server.RawAsync($"GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"), "100");
    }

    [Fact]
    public async Task Requests_one_after_the_other_on_a_connection_keep_their_answers()
    {
        const string Get = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        var answers = await Server.RawAsync(Get + Get + "nonsense\r\n\r\n");
        var parts = answers.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, parts.Length);
        Assert.All(parts.SkipLast(1), part => Assert.EndsWith("""{"status":"ready"}""", part));
        AssertError(400, $"HTTP/1.1 {parts[2]}");
    }

    [Theory]
    [InlineData("a\u00e4b")]
    [InlineData("a\u0001b")]
    [InlineData("a\u007fb")]
    [InlineData("a, b")]
    public async Task A_name_that_no_log_should_have_is_not_repeated(string name)
    {
        const string Head = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        var answer = await Server.RawAsync($"{Head}X-Request-Id: {name}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 ", answer);
        Assert.DoesNotContain($"X-Request-Id: {name[0]}", answer);
    }

    private static void AssertError(int status, string answer, string says = "")
    {
        var parts = answer.Split("\r\n\r\n", 2);
        Assert.StartsWith($"HTTP/1.1 {status} ", parts[0]);
        Assert.Contains("Content-Type: application/json", parts[0]);
        Assert.Contains($"Content-Length: {Encoding.UTF8.GetByteCount(parts[1])}", parts[0]);
        var error = Assert.Single(JsonNode.Parse(parts[1])!.AsObject()).Value!.AsObject();
        Assert.Equal(["message", "type", "param", "code"], error.Select(field => field.Key));
        Assert.Equal("invalid_request_error", (string)error["type"]!);
        Assert.Contains(says, (string)error["message"]!);
    }
}
