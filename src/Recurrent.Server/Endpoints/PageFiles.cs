using System.Text;
using Microsoft.AspNetCore.Http;
using Recurrent.Reports;

namespace Recurrent.Server.Endpoints;

/// <summary>The files that pages are made of. They are the same for everybody, and call no other server.</summary>
internal static class PageFiles
{
    private static readonly Dictionary<string, (string Type, Lazy<byte[]> Content)> s_files = new(
        StringComparer.Ordinal
    )
    {
        ["index.html"] = ("text/html", Read("index.html")),
        ["page.js"] = ("text/javascript", Read("page.js")),
        ["watch.html"] = ("text/html", Read("watch.html")),
        ["watch.js"] = ("text/javascript", Read("watch.js")),
        // In the style of a report, and more.
        ["page.css"] = ("text/css", Read("page.css", before: ReportStyle.Text)),
        ["icon.svg"] = ("image/svg+xml", Read("icon.svg")),
    };

    // A picture carries its style, which is named by its hash.
    private static readonly string s_policy =
        $"default-src 'none'; script-src 'self'; style-src 'self' {ReportStyle.PictureSource}; connect-src 'self'; "
        + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Answers with a file.</summary>
    public static Task AnswerAsync(HttpContext context, string name)
    {
        var (type, content) = s_files[name];
        var response = context.Response;
        response.ContentType = $"{type}; charset=utf-8";
        response.ContentLength = content.Value.Length;
        response.Headers.CacheControl = "no-cache";
        response.Headers.ContentSecurityPolicy = s_policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        return response.BodyWriter.WriteAsync(content.Value, context.RequestAborted).AsTask();
    }

    private static Lazy<byte[]> Read(string name, string before = "") =>
        new(() =>
        {
            using var resource = typeof(PageFiles).Assembly.GetManifestResourceStream(name)!;
            using var reader = new StreamReader(resource);
            return Encoding.UTF8.GetBytes(before + reader.ReadToEnd());
        });
}
