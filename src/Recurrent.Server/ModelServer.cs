using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Recurrent.Randomness;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;
using Recurrent.Server.Telemetry;

namespace Recurrent.Server;

/// <summary>Models behind HTTP.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private const int BytesOfMegabyte = 1 << 20;

    // What still runs when it is broken off needs only to be told so.
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromMilliseconds(400);

    private readonly WebApplication _application;
    private readonly ServerState _state;
    private readonly ServerOptions _options;
    private readonly IDisposable? _export = OtlpExport.Start();

    private ModelServer(WebApplication application, ServerState state, ServerOptions options) =>
        (_application, _state, _options) = (application, state, options);

    /// <summary>The models that requests which come now get, always of the same names in the same order.</summary>
    public IReadOnlyList<ServedModel> Models => _state.Models;

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address =>
        _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts a server, whose models it owns from now on.</summary>
    /// <param name="models">The models, at least one, each of another name.</param>
    /// <param name="options">Where it listens, to whom, and how much it takes on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Where names of answers, and seeds that nobody has given, come from.</param>
    /// <param name="report">Takes a line about something that should not have happened.</param>
    /// <param name="log">Takes what there is to tell of each request; null for nobody.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<ModelServer> StartAsync(
        IReadOnlyList<ServedModel> models,
        ServerOptions options,
        TimeProvider time,
        RandomStream random,
        Action<string> report,
        Action<RequestRecord>? log = null
    )
    {
        var limits = new RequestLimits(options.MaxTokens, options.MaxQueue);
        var state = new ServerState(models, limits, time, random)
        {
            Gathering = options.Gathering,
            Patience = options.Patience,
            LongestFlush = options.LongestFlush,
            Sessions = new SessionStore(options.SessionTtl, (long)options.SessionMemory * BytesOfMegabyte, time),
            Prefixes = new PrefixCache((long)options.PrefixCache * BytesOfMegabyte),
        };
        state.Metrics.Watch(state.Sessions, state.Prefixes);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, Unasked>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_longestEnd);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        var application = builder.Build();
        var pipeline = new Pipeline(new Gate(options.ApiKey), state, report, log);
        application.Run(pipeline.HandleAsync);
        foreach (var model in models)
        {
            model.Start(options.MaxRows, options.MaxQueue, time);
        }
        var server = new ModelServer(application, state, options);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
            return server;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new IOException(
                $"Cannot listen at {new IPEndPoint(options.Host, options.Port)}: "
                    + $"{(error.InnerException ?? error).Message.TrimEnd('.')}; choose another --port, or 0 for any.",
                error
            );
        }
    }

    /// <summary>
    /// Puts another model in the place of one, whose texts end on it and whose engine ends with them. Where there is
    /// none to be had, all stays as it is.
    /// </summary>
    /// <param name="name">The name of both.</param>
    /// <param name="load">Makes the other, or throws what it will.</param>
    public void Replace(string name, Func<ServedModel> load)
    {
        try
        {
            var model = load();
            var before = Models.Single(one => one.Name == name);
            model.Start(_options.MaxRows, _options.MaxQueue, _state.Time, before);
            _state.Replace(model);
            _state.Metrics.Reloaded(name, isDone: true);
        }
        catch
        {
            _state.Metrics.Reloaded(name, isDone: false);
            throw;
        }
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
        _export?.Dispose();
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
        kestrel.Listen(options.Host, options.Port);
    }

    /// <summary>A lifetime that signals do not end: who started the server ends it.</summary>
    private sealed class Unasked : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
