using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;

namespace Recurrent.Server.Endpoints;

/// <summary><c>GET /</c>: a page to write with the models, and what it is made of.</summary>
internal static class PageEndpoints
{
    private const string Root = "/";
    private static readonly string[] s_files = ["page.css", "page.js", "icon.svg"];

    /// <summary>The paths.</summary>
    public static IEnumerable<string> Paths => s_files.Select(file => Root + file).Prepend(Root);

    /// <summary>Whether a path is one of the page's.</summary>
    public static bool Has(PathString path) => Paths.Contains(path.Value, StringComparer.Ordinal);

    /// <summary>Answers with what a path names.</summary>
    public static Task RunAsync(HttpContext context, ServerState server)
    {
        var path = context.Request.Path.Value!;
        return server.HasPage
            ? PageFiles.AnswerAsync(context, path.Trim('/') is { Length: > 0 } name ? name : "index.html")
            : throw ApiException.UnknownPath(path, "the server was started with --no-page");
    }
}
