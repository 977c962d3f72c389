using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;

namespace Recurrent.Server;

/// <summary>
/// Who may come in. With a key, who names it. Without one, programs of this machine; that excludes the pages that its
/// browsers show, which would reach it by a name of their own, or say where they come from.
/// </summary>
/// <param name="options">The key, or how open a server without one is.</param>
/// <param name="pages">The pages from elsewhere that may come in.</param>
internal sealed class Gate(ServerOptions options, CrossOrigin pages)
{
    private const string Scheme = "Bearer ";
    private static readonly string[] s_ownNames = ["localhost", "127.0.0.1", "[::1]"];

    private readonly byte[]? _keyHash = options.ApiKey is null ? null : Hash(options.ApiKey);
    private readonly bool _takesAnyName = options.IsInsecure;

    /// <summary>Lets a request in, and takes note of whose it is.</summary>
    /// <exception cref="ApiException">It may not come in.</exception>
    public void Check(HttpRequest request)
    {
        if (_keyHash is null)
        {
            RequireOwn(request);
            return;
        }
        request.HttpContext.Items[ServerState.OwnerItem] = Convert.ToHexStringLower(_keyHash);
        if (!IsPublic(request.Path) && !HasKey(request.Headers.Authorization))
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

    private bool HasKey(StringValues headers) =>
        headers.ToString() is var header
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), _keyHash!);

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
