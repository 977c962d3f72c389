using System.Net;
using System.Net.ServerSentEvents;

namespace Recurrent.Server.Tests;

/// <summary>A page that shows something as it changes.</summary>
public sealed class WatchServerTests
{
    [Fact]
    public async Task Tells_what_changes_and_that_it_has_ended()
    {
        var drawings = new Queue<string>(["", "<p id=\"a\">one\ntwo</p>"]);
        var (shown, hasEnded) = (drawings.Peek(), false);
        var server = await WatchServer.StartAsync(0, () => Draw(), TimeProvider.System);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        await using var stream = await client.GetStreamAsync("/events", TestContext.Current.CancellationToken);
        var events = SseParser
            .Create(stream)
            .EnumerateAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(("message", "<p id=\"a\">one\ntwo</p>"), (events.Current.EventType, events.Current.Data));
        hasEnded = true;
        var ending = server.DisposeAsync();
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(("message", "<p id=\"a\">the end</p>"), (events.Current.EventType, events.Current.Data));
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("end", events.Current.EventType);
        Assert.False(await events.MoveNextAsync());
        await ending;

        string Draw()
        {
            shown = drawings.TryDequeue(out var next) ? next : shown;
            return hasEnded ? "<p id=\"a\">the end</p>" : shown;
        }
    }

    [Fact]
    public async Task Draws_for_nobody_while_nobody_watches()
    {
        var drawn = 0;
        await using var server = await WatchServer.StartAsync(0, () => $"{drawn++}", TimeProvider.System);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        Assert.Contains("watch.js", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
        await client.GetStringAsync("/page.css", TestContext.Current.CancellationToken);
        await client.GetStringAsync("/watch.js", TestContext.Current.CancellationToken);
        Assert.Equal(0, drawn);
    }

    [Fact]
    public async Task Is_for_this_machine_alone()
    {
        await using var server = await WatchServer.StartAsync(0, () => "", TimeProvider.System);
        Assert.Equal("127.0.0.1", new Uri(server.Address).Host);
        using var client = new HttpClient { BaseAddress = new Uri(server.Address) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events");
        request.Headers.Host = "evil.example";
        using var refused = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var nowhere = await client.GetAsync("/v1/models", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
    }
}
