using System.Net;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>Who may use a server.</summary>
public sealed class GateTests
{
    [Fact]
    public async Task A_key_must_be_sent_everywhere_but_for_health_and_the_page_that_asks_for_it()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { ApiKey = "secret" }, "gru");
        foreach (var route in Routes.All)
        {
            var path = route.Path.Replace("{model}", "gru");
            var isOpen =
                path.StartsWith("/health", StringComparison.Ordinal)
                || path is "/" or "/page.css" or "/page.js" or "/icon.svg";
            foreach (var key in new[] { null, "Bearer wrong", "secret", "Basic secret" })
            {
                var reply = await SendAsync(server, route.Method, path, ("Authorization", key));
                if (isOpen)
                {
                    Assert.Equal(HttpStatusCode.OK, reply.Status);
                    continue;
                }
                reply.AssertError(401, "authentication_error", param: null, "invalid_api_key");
                Assert.Equal("Bearer", $"{Assert.Single(reply.Headers.WwwAuthenticate)}");
            }
            var known = await SendAsync(server, route.Method, path, ("Authorization", "Bearer secret"));
            Assert.NotEqual(HttpStatusCode.Unauthorized, known.Status);
        }
        var elsewhere = await SendAsync(
            server,
            "GET",
            "/v1/models",
            ("Host", "models.example"),
            ("Authorization", "Bearer secret")
        );
        Assert.Equal(HttpStatusCode.OK, elsewhere.Status);
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
        var reply = await SendAsync(server, "GET", "/v1/models", ("Host", host), ("Origin", origin));
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

    private static async Task<Reply> SendAsync(
        TestServer server,
        string method,
        string path,
        params (string Name, string? Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        request.Content = method == "POST" ? new StringContent("{}") : null;
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }
}
