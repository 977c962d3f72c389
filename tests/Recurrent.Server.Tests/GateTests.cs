using System.Net;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Who may use a server.</summary>
public sealed class GateTests
{
    [Fact]
    public async Task A_key_must_be_sent_everywhere_but_for_health_and_the_page_that_asks_for_it()
    {
        var options = new ServerOptions { ApiKeys = ["secret"], ChatSeparator = "" };
        await using var server = await TestServer.StartAsync(options, "gru");
        foreach (var route in Routes.All)
        {
            var path = route.Path.Replace("{model}", "gru");
            var isOpen =
                path.StartsWith("/health", StringComparison.Ordinal)
                || path is "/" or "/page.css" or "/page.js" or "/icon.svg";
            foreach (var key in new[] { null, "Bearer wrong", "secret", "Basic secret" })
            {
                var reply = await server.SendAsync(route.Method, path, ("Authorization", key));
                if (isOpen)
                {
                    Assert.Equal(HttpStatusCode.OK, reply.Status);
                    continue;
                }
                reply.AssertError(401, "authentication_error", param: null, "invalid_api_key");
                Assert.Equal("Bearer", $"{Assert.Single(reply.Headers.WwwAuthenticate)}");
            }
            var known = await server.SendAsync(route.Method, path, ("Authorization", "Bearer secret"));
            Assert.NotEqual(HttpStatusCode.Unauthorized, known.Status);
        }
        var elsewhere = await server.SendAsync(
            "GET",
            "/v1/models",
            ("Host", "models.example"),
            ("Authorization", "Bearer secret")
        );
        Assert.Equal(HttpStatusCode.OK, elsewhere.Status);
    }

    [Fact]
    public async Task Each_of_several_keys_has_sessions_of_its_own()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { ApiKeys = ["a", "b"] }, "gru");
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "a");
        var session = await server.BeginAsync(new() { ["prompt"] = "the " });
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"/v1/sessions/{session}")).Status);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "b");
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync($"/v1/sessions/{session}")).Status);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "c");
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync("/v1/models")).Status);
    }

    [Theory]
    [InlineData("/metrics", "metrics", true, true)]
    [InlineData("/metrics", "secret", true, false)]
    [InlineData("/metrics", null, false, false)]
    [InlineData("/v1/models", "metrics", false, true)]
    [InlineData("/v1/models", null, false, true)]
    public async Task The_key_of_metrics_shows_them_alone(string path, string? key, bool withKeys, bool without)
    {
        foreach (var (keys, mayCome) in new[] { ((string[])["secret"], withKeys), ([], without) })
        {
            var options = new ServerOptions { ApiKeys = keys, MetricsKey = "metrics" };
            await using var server = await TestServer.StartAsync(options, "gru");
            var reply = await server.SendAsync("GET", path, ("Authorization", key is null ? null : $"Bearer {key}"));
            Assert.Equal(mayCome ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, reply.Status);
        }
    }

    [Theory]
    [InlineData("localhost", null, true)]
    [InlineData("127.0.0.1:1234", null, true)]
    [InlineData("[::1]:1234", null, true)]
    [InlineData("LOCALHOST", "http://localhost:3000", true)]
    [InlineData("localhost", "http://127.0.0.1", true)]
    [InlineData("evil.example", null, false)]
    [InlineData("localhost.evil.example", null, false)]
    [InlineData("localhost", "http://evil.example", false)]
    [InlineData("localhost", "null", false)]
    public async Task Without_a_key_no_page_from_elsewhere_comes_in(string host, string? origin, bool mayCome)
    {
        await using var server = await TestServer.StartAsync("gru");
        var reply = await server.SendAsync("GET", "/v1/models", ("Host", host), ("Origin", origin));
        Assert.DoesNotContain(
            reply.Headers,
            header => header.Key.StartsWith("Access-Control", StringComparison.Ordinal)
        );
        if (mayCome)
        {
            Assert.Equal(HttpStatusCode.OK, reply.Status);
        }
        else
        {
            reply.AssertError(403, "permission_error", param: null, "host_not_allowed");
        }
    }

    [Fact]
    public async Task A_server_that_is_insecure_takes_any_name_and_its_own_pages()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { IsInsecure = true }, "gru");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("box.lan:8080", null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("box.lan:8080", "http://box.lan:8080"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("box.lan:8080", "http://evil.example"));

        async Task<HttpStatusCode> StatusAsync(string host, string? origin) =>
            (await server.SendAsync("GET", "/v1/models", ("Host", host), ("Origin", origin))).Status;
    }

    [Theory]
    [InlineData("https://app.example", "https://app.example", "https://app.example")]
    [InlineData("*", "https://app.example", "*")]
    [InlineData("https://app.example", "https://other.example", null)]
    [InlineData("https://app.example", null, null)]
    public async Task A_page_may_read_what_it_was_allowed_to(string allowed, string? origin, string? told)
    {
        var options = new ServerOptions { CorsOrigins = [allowed], ApiKeys = ["secret"] };
        await using var server = await TestServer.StartAsync(options, "gru");
        foreach (var path in new[] { "/v1/models", "/nowhere" })
        {
            var reply = await server.SendAsync("GET", path, ("Origin", origin), ("Authorization", "Bearer secret"));
            Assert.Equal(told, Header(reply, "Access-Control-Allow-Origin"));
            Assert.Equal(allowed == "*" ? null : "Origin", Header(reply, "Vary"));
            Assert.Null(Header(reply, "Access-Control-Allow-Credentials"));
        }
        var refused = await server.SendAsync("GET", "/v1/models", ("Origin", origin));
        refused.AssertError(401, "authentication_error", param: null, "invalid_api_key");
        Assert.Equal(told, Header(refused, "Access-Control-Allow-Origin")); // so that the page can read why
        var asked = await server.SendAsync(
            "OPTIONS",
            "/v1/completions",
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os")
        );
        if (told is null)
        {
            asked.AssertError(405, "invalid_request_error", param: null, code: null);
            return;
        }
        Assert.Equal((HttpStatusCode.NoContent, ""), (asked.Status, asked.Text));
        Assert.Equal(told, Header(asked, "Access-Control-Allow-Origin"));
        Assert.Equal("GET, POST, DELETE", Header(asked, "Access-Control-Allow-Methods"));
        Assert.Equal("Authorization, *", Header(asked, "Access-Control-Allow-Headers"));
        Assert.Null(Header(asked, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_page_that_may_read_answers_comes_in_without_a_key()
    {
        var options = new ServerOptions { CorsOrigins = ["https://app.example"] };
        await using var server = await TestServer.StartAsync(options, "gru");
        var reply = await server.SendAsync("GET", "/v1/models", ("Origin", "https://app.example"));
        Assert.Equal(HttpStatusCode.OK, reply.Status);
        reply = await server.SendAsync("GET", "/v1/models", ("Origin", "https://other.example"));
        reply.AssertError(403, "permission_error", param: null, "host_not_allowed");
    }

    private static string? Header(Reply reply, string name) =>
        reply.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
