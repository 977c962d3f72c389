using System.Net;
using System.Text.RegularExpressions;
using Recurrent.Server.Endpoints;
using Recurrent.Server.Tests.Support;

namespace Recurrent.Server.Tests;

/// <summary>The files of the page; what it does is tested in a browser.</summary>
public sealed class PageTests() : Serving("gru")
{
    [Fact]
    public async Task The_page_names_files_of_this_server_alone()
    {
        var page = await Server.GetAsync("/");
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.Status, page.ContentType));
        var named = Regex
            .Matches(page.Text, "(?:src|href)=\"(?<name>[^\"]*)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(match => match.Groups["name"].Value)
            .Distinct();
        Assert.Equal(PageEndpoints.Paths.Skip(1).Order(), named.Select(name => $"/{name}").Order());
        foreach (var path in PageEndpoints.Paths)
        {
            var file = await Server.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, file.Status);
            var addresses = Regex
                .Matches(file.Text, "(?:https?:)?//[a-z]+\\.[^\"']*", RegexOptions.None, TimeSpan.FromSeconds(1))
                .Select(match => match.Value)
                .Distinct();
            Assert.DoesNotContain(addresses, address => address != "http://www.w3.org/2000/svg");
        }
    }

    [Fact]
    public async Task Nothing_is_run_that_is_not_in_its_files()
    {
        foreach (var path in PageEndpoints.Paths)
        {
            using var response = await Server.Client.GetAsync(path, TestContext.Current.CancellationToken);
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self' 'sha256-", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-cache", $"{response.Headers.CacheControl}");
        }
        var html = (await Server.GetAsync("/")).Text;
        Assert.DoesNotContain("style=", html);
        Assert.DoesNotMatch(@"\son[a-z]+=", html);
    }

    [Fact]
    public async Task There_is_none_where_it_is_left_out()
    {
        await using var server = await TestServer.StartAsync(new ServerOptions { HasPage = false }, "gru");
        foreach (var path in PageEndpoints.Paths)
        {
            var reply = await server.GetAsync(path);
            reply.AssertError(404, "invalid_request_error", param: null, "unknown_url");
            Assert.Contains("--no-page", reply.Text);
        }
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v1/models")).Status);
    }
}
