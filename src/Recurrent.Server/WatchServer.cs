using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;

namespace Recurrent.Server;

/// <summary>A page, for this machine alone, that shows something as it changes, and then that it has ended.</summary>
internal sealed class WatchServer : IAsyncDisposable
{
    private const int MaxConnections = 64;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longestFarewell = TimeSpan.FromSeconds(1);

    private readonly Gate _gate = new(new ServerOptions(), new CrossOrigin([]));
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<string> _draw;
    private readonly TimeProvider _time;
    private WebApplication? _application;
    private int _watching;

    private WatchServer(Func<string> draw, TimeProvider time) => (_draw, _time) = (draw, time);

    /// <summary>Where it is, such as <c>http://127.0.0.1:8090</c>.</summary>
    public string Address => HttpHost.AddressOf(_application!);

    /// <summary>Starts to show.</summary>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="draw">
    /// Draws what there is to see now, as elements that have an id each, and gives the same string while that is the
    /// same; empty for nothing yet. It is called from any thread, and only while somebody watches.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<WatchServer> StartAsync(int port, Func<string> draw, TimeProvider time)
    {
        var server = new WatchServer(draw, time);
        server._application = await HttpHost
            .StartAsync(
                new IPEndPoint(IPAddress.Loopback, port),
                "--watch",
                limits => limits.MaxConcurrentConnections = MaxConnections,
                server.HandleAsync
            )
            .ConfigureAwait(false);
        return server;
    }

    /// <summary>Shows how it ended to those who watch, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        var start = _time.GetTimestamp();
        while (Volatile.Read(ref _watching) > 0 && _time.GetElapsedTime(start) < s_longestFarewell)
        {
            await Task.Delay(1).ConfigureAwait(false);
        }
        // A connection is closed behind what was written to it, where disposing alone would cut it off.
        await _application!.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            _gate.Check(context.Request);
            var name = context.Request.Path.Value!.Trim('/');
            await (
                name switch
                {
                    "" => PageFiles.AnswerAsync(context, "watch.html"),
                    "page.css" or "watch.js" or "icon.svg" => PageFiles.AnswerAsync(context, name),
                    "events" => TellAsync(context),
                    _ => throw ApiException.UnknownPath(context.Request.Path!, "the page is at /"),
                }
            ).ConfigureAwait(false);
        }
        catch (ApiException error)
        {
            await Answer.ErrorAsync(context, error).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Somebody has seen enough.
        }
    }

    private async Task TellAsync(HttpContext context)
    {
        Interlocked.Increment(ref _watching);
        try
        {
            Answer.BeginEvents(context.Response);
            var last = "";
            while (true)
            {
                var isLast = _end.Task.IsCompleted; // before it is drawn, so that the end is in it
                var now = _draw();
                if (!ReferenceEquals(now, last) && now.Length > 0)
                {
                    Answer.WriteEvent(context.Response.BodyWriter, Encoding.UTF8.GetBytes(OnDataLines(now)));
                }
                last = now;
                if (isLast)
                {
                    break;
                }
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                await Task.WhenAny(_end.Task, Task.Delay(s_interval, _time, context.RequestAborted))
                    .ConfigureAwait(false);
                context.RequestAborted.ThrowIfCancellationRequested();
            }
            await context
                .Response.BodyWriter.WriteAsync("event: end\ndata: ended\n\n"u8.ToArray(), context.RequestAborted)
                .ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _watching);
        }
    }

    /// <summary>What an event holds, each line of it as data.</summary>
    private static string OnDataLines(string text) => text.Replace("\n", "\ndata: ", StringComparison.Ordinal);
}
