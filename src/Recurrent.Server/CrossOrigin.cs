using Microsoft.AspNetCore.Http;

namespace Recurrent.Server;

/// <summary>
/// The pages from elsewhere that may read answers. None may have a browser send what it keeps for this server, because
/// there is nothing of that kind: a key is sent by the page itself.
/// </summary>
/// <param name="origins">Their origins, such as <c>https://app.example</c>, or * for all.</param>
internal sealed class CrossOrigin(IReadOnlyList<string> origins)
{
    private const string All = "*";
    private readonly bool _allowsAll = origins.Contains(All);

    /// <summary>Whether a page may read answers.</summary>
    public bool Allows(string origin) => _allowsAll || origins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    /// <summary>Tells a browser whether the page that it shows may read the answer.</summary>
    /// <returns>Whether that was all that it asked.</returns>
    public bool Answer(HttpContext context)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        var origin = request.Headers.Origin.ToString();
        if (origins.Count == 0)
        {
            return false;
        }
        if (!_allowsAll)
        {
            headers.Vary = "Origin";
        }
        if (origin.Length == 0 || !Allows(origin))
        {
            return false;
        }
        headers.AccessControlAllowOrigin = _allowsAll ? All : origin;
        headers.AccessControlExposeHeaders = "X-Request-Id, Retry-After, retry-after-ms, x-should-retry";
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0)
        {
            return false;
        }
        headers.AccessControlAllowMethods = "GET, POST, DELETE";
        headers.AccessControlAllowHeaders = "Authorization, *"; // the star does not stand for the first
        headers.AccessControlMaxAge = "600";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
