using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
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

    private readonly WebApplication _application;
    private readonly ServerState _state;
    private readonly ServerOptions _options;
    private readonly IDisposable? _export = OtlpExport.Start();

    private ModelServer(WebApplication application, ServerState state, ServerOptions options) =>
        (_application, _state, _options) = (application, state, options);

    /// <summary>The models that requests which come now get, always of the same names in the same order.</summary>
    public IReadOnlyList<ServedModel> Models => _state.Models;

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public string Address => HttpHost.AddressOf(_application);

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
        var limits = new RequestLimits(options.MaxTokens, options.MaxQueue, options.MaxLogProbs, options.Gathering);
        var state = new ServerState(models, limits, time, random)
        {
            HasPage = options.HasPage,
            Patience = options.Patience,
            LongestFlush = options.LongestFlush,
            ChatSeparator = options.ChatSeparator,
            Sessions = new SessionStore(options.SessionTtl, (long)options.SessionMemory * BytesOfMegabyte, time),
            Prefixes = new PrefixCache((long)options.PrefixCache * BytesOfMegabyte),
        };
        state.Metrics.Watch(state.Sessions, state.Prefixes);
        var pages = new CrossOrigin(options.CorsOrigins);
        var pipeline = new Pipeline(new Gate(options, pages), pages, state, report, log);
        foreach (var model in models)
        {
            model.Start(options.MaxRows, options.MaxQueue, time);
        }
        try
        {
            var application = await HttpHost
                .StartAsync(
                    EndPointOf(options),
                    options.UnixPath is null ? "--port" : "--unix",
                    limits => Limit(limits, options),
                    pipeline.HandleAsync
                )
                .ConfigureAwait(false);
            return new(application, state, options);
        }
        catch
        {
            End(state);
            throw;
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
        End(_state);
    }

    private static EndPoint EndPointOf(ServerOptions options) =>
        options.UnixPath is { } path ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(options.Host, options.Port);

    private static void Limit(KestrelServerLimits limits, ServerOptions options)
    {
        limits.MaxRequestBodySize = (long)options.MaxBody * BytesOfMegabyte;
        limits.MaxConcurrentConnections = options.MaxConnections;
    }

    private static void End(ServerState state)
    {
        foreach (var model in state.Models)
        {
            model.Dispose();
        }
        state.Dispose();
    }
}
