using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;

namespace Recurrent.Server;

/// <summary>
/// Who may come in. With keys, who names one. Without, programs of this machine; that excludes the pages that its
/// browsers show, which would reach it by a name of their own, or say where they come from.
/// </summary>
/// <param name="options">The keys, or how open a server without one is.</param>
/// <param name="pages">The pages from elsewhere that may come in.</param>
internal sealed class Gate(ServerOptions options, CrossOrigin pages)
{
    private const string Scheme = "Bearer ";
    private static readonly string[] s_ownNames = ["localhost", "127.0.0.1", "[::1]"];

    private readonly List<byte[]> _keys = [.. options.ApiKeys.Select(Hash)];
    private readonly byte[]? _metricsKey = options.MetricsKey is { } key ? Hash(key) : null;
    private readonly bool _takesAnyName = options.IsInsecure;

    /// <summary>Lets a request in, and takes note of whose it is.</summary>
    /// <exception cref="ApiException">It may not come in.</exception>
    public void Check(HttpRequest request)
    {
        var named = NamedIn(request.Headers.Authorization);
        var found = _keys.Find(key => Are(key, named));
        if (found is not null)
        {
            request.HttpContext.Items[ServerState.OwnerItem] = Convert.ToHexStringLower(found);
        }
        var isMetrics = _metricsKey is not null && request.Path == Routes.Metrics;
        if (_keys.Count == 0)
        {
            RequireOwn(request);
        }
        var isOpen = isMetrics ? Are(_metricsKey, named) : _keys.Count == 0 || IsPublic(request.Path);
        if (found is null && !isOpen)
        {
            throw new ApiException(401, "The key is missing or wrong; send the header Authorization: Bearer KEY.")
            {
                Type = "authentication_error",
                Code = "invalid_api_key",
                Headers = [("WWW-Authenticate", "Bearer")],
            };
        }
    }

    /// <summary>
    /// Those who ask for health have no key, and learn nothing but that; the page, the same for all, asks for the key.
    /// </summary>
    private static bool IsPublic(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal) || PageEndpoints.Has(path);

    /// <summary>The hash of the key that a header names; null where it names none.</summary>
    private static byte[]? NamedIn(StringValues headers) =>
        headers.ToString() is var header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? Hash(header[Scheme.Length..].Trim())
            : null;

    private static bool Are(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> other) =>
        CryptographicOperations.FixedTimeEquals(hash, other);

    private void RequireOwn(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (!_takesAnyName && !IsOwn(request.Host.Host))
        {
            throw Refused($"This server is not {request.Host.Host}; call it by localhost, or start it with a key.");
        }
        if (origin.Length > 0 && !pages.Allows(origin) && !IsOfThisMachine(origin, request.Host))
        {
            throw Refused("Pages from elsewhere may not use this server; start it with a key, or --cors-origin.");
        }
    }

    private static bool IsOfThisMachine(string origin, HostString called) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (IsOwn(page.Host) || string.Equals(page.Authority, called.Value, StringComparison.OrdinalIgnoreCase));

    private static bool IsOwn(string host) => s_ownNames.Contains(host, StringComparer.OrdinalIgnoreCase);

    private static ApiException Refused(string message) =>
        new(403, message) { Type = "permission_error", Code = "host_not_allowed" };

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
