using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Recurrent.Randomness;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;

namespace Recurrent.Server;

/// <summary>Models behind HTTP.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private const int BytesOfMegabyte = 1 << 20;

    // What still runs when it is broken off needs only to be told so.
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromMilliseconds(400);

    private readonly WebApplication _application;
    private readonly ServerState _state;

    private ModelServer(WebApplication application, ServerState state) => (_application, _state) = (application, state);

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address =>
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts a server, whose models it owns from now on.</summary>
    /// <param name="models">The models, at least one, each of another name.</param>
    /// <param name="options">Where it listens, to whom, and how much it takes on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Where names of answers, and seeds that nobody has given, come from.</param>
    /// <param name="report">Takes a line about something that should not have happened.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<ModelServer> StartAsync(
        IReadOnlyList<ServedModel> models,
        ServerOptions options,
        TimeProvider time,
        RandomStream random,
        Action<string> report
    )
    {
        var limits = new RequestLimits(options.MaxTokens, options.MaxQueue, options.MaxLogProbs, options.Gathering);
        var state = new ServerState(models, limits, time, random)
        {
            Patience = options.Patience,
            ChatSeparator = options.ChatSeparator,
            Sessions = new SessionStore(options.SessionTtl, (long)options.SessionMemory * BytesOfMegabyte, time),
            Prefixes = new PrefixCache((long)options.PrefixCache * BytesOfMegabyte),
        };
        state.Metrics.Watch(state.Sessions, state.Prefixes);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, Unasked>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_longestEnd);
        // What is sent is sent by who has written it, with no thread in between: none of them ever blocks.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        var application = builder.Build();
        var pages = new CrossOrigin(options.CorsOrigins);
        var pipeline = new Pipeline(new Gate(options, pages), pages, state, report);
        application.Run(pipeline.HandleAsync);
        foreach (var model in models)
        {
            model.Start(options.MaxRows, options.MaxQueue, time);
        }
        var server = new ModelServer(application, state);
        try
        {
            RemoveLeftSocket(options.UnixPath);
            await application.StartAsync().ConfigureAwait(false);
            return server;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new IOException(
                options.UnixPath is { } path
                    ? $"Cannot listen at {path}: {Cause(error)}; choose another --unix."
                    : $"Cannot listen at {new IPEndPoint(options.Host, options.Port)}: {Cause(error)}; choose another "
                        + "--port, or 0 for any.",
                error
            );
        }

        static string Cause(Exception error) => (error.InnerException ?? error).Message.TrimEnd('.');
    }

    /// <summary>Takes no more requests, finishes what it can in a time, tells the others, and ends.</summary>
    public async Task StopAsync(TimeSpan drain)
    {
        await _state.DrainAsync(drain).ConfigureAwait(false);
        await _application.StopAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        foreach (var model in _state.Models)
        {
            model.Dispose();
        }
        _state.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = (long)options.MaxBody * BytesOfMegabyte;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        if (options.UnixPath is { } path)
        {
            kestrel.ListenUnixSocket(path, listen => listen.Use(BareErrors.Between));
        }
        else
        {
            kestrel.Listen(options.Host, options.Port, listen => listen.Use(BareErrors.Between));
        }
    }

    /// <summary>Removes the socket of a server that was killed, so that nobody listens at it.</summary>
    private static void RemoveLeftSocket(string? path)
    {
        if (path is null || !File.Exists(path) || IsReadable(path))
        {
            return;
        }
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
        }
    }

    /// <summary>Whether something is a file, which a socket is not.</summary>
    private static bool IsReadable(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A lifetime that signals do not end: who started the server ends it.</summary>
    private sealed class Unasked : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
