using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Recurrent.Server;

/// <summary>Kestrel and nothing more, at one address, until whoever started it ends it.</summary>
internal static class HttpHost
{
    // What still runs when it is broken off needs only to be told so.
    private static readonly TimeSpan s_longestEnd = TimeSpan.FromMilliseconds(400);

    /// <summary>Listens.</summary>
    /// <param name="at">The address, or the path of a socket.</param>
    /// <param name="option">The option that it was given by.</param>
    /// <param name="limit">Sets limits.</param>
    /// <param name="handle">Answers a request.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<WebApplication> StartAsync(
        EndPoint at,
        string option,
        Action<KestrelServerLimits> limit,
        RequestDelegate handle
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, Unasked>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_longestEnd);
        // What is sent is sent by who has written it, with no thread in between: none of them ever blocks.
        builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                limit(kestrel.Limits);
                kestrel.Listen(at, listen => listen.Use(BareErrors.Between));
            });
        var application = builder.Build();
        application.Run(handle);
        try
        {
            if (at is UnixDomainSocketEndPoint)
            {
                RemoveLeftSocket($"{at}");
            }
            await application.StartAsync().ConfigureAwait(false);
            return application;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new IOException(
                $"Cannot listen at {at}: {Refusal(at, option, error.InnerException ?? error)}.",
                error
            );
        }
    }

    private static string Refusal(EndPoint at, string option, Exception error) =>
        at is not IPEndPoint && Path.GetDirectoryName($"{at}") is { } folder && !Directory.Exists(folder)
            ? $"there is no folder {folder}; make it, or choose another {option}"
        : error is SocketException { SocketErrorCode: SocketError.AddressNotAvailable }
            ? "it is not an address of this machine; choose another --host"
        : error.Message.TrimEnd('.') + $"; choose another {option}" + (at is IPEndPoint ? ", or 0 for any" : "");

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>.</summary>
    public static string AddressOf(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Removes the socket of a server that was killed, so that nobody listens at it.</summary>
    private static void RemoveLeftSocket(string path)
    {
        if (!File.Exists(path) || IsReadable(path))
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

    /// <summary>A lifetime that signals do not end.</summary>
    private sealed class Unasked : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
