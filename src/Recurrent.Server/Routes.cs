using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;

namespace Recurrent.Server;

/// <summary>The paths of a server, each with its method and what answers it.</summary>
internal static class Routes
{
    /// <summary>The path of the metrics, which may have a key of their own and are not logged.</summary>
    public const string Metrics = "/metrics";

    private const string Model = "{model}";
    private const string Chat = "/v1/chat/completions";
    private const string Id = "{id}";

    /// <summary>All of them, as <c>/openapi.json</c> describes them.</summary>
    public static IReadOnlyList<Route> All { get; } =
    [
        Work("/v1/completions", CompletionEndpoint.RunAsync),
        Work(Chat, CompletionEndpoint.ChatAsync),
        Work("/v1/score", ScoreEndpoint.RunAsync),
        Work("/v1/states", StatesEndpoint.RunAsync),
        new("POST", "/tokenize", TokenEndpoints.TokenizeAsync),
        new("POST", "/detokenize", TokenEndpoints.DetokenizeAsync),
        Work("/v1/sessions", SessionEndpoints.CreateAsync),
        new("GET", "/v1/sessions", SessionEndpoints.ListAsync),
        new("GET", $"/v1/sessions/{Id}", SessionEndpoints.FindAsync),
        new("DELETE", $"/v1/sessions/{Id}", SessionEndpoints.DeleteAsync),
        Work($"/v1/sessions/{Id}/fork", SessionEndpoints.ForkAsync),
        Work($"/v1/sessions/{Id}/rewind", SessionEndpoints.RewindAsync),
        new("GET", $"/v1/sessions/{Id}/state", SessionEndpoints.StateAsync),
        new("GET", "/v1/models", ModelEndpoints.ListAsync),
        new("GET", $"/v1/models/{Model}", ModelEndpoints.FindAsync),
        new("GET", "/health", OperationEndpoints.ReadyAsync),
        new("GET", "/health/live", OperationEndpoints.LiveAsync),
        new("GET", "/health/ready", OperationEndpoints.ReadyAsync),
        new("GET", Metrics, OperationEndpoints.MetricsAsync),
        new("GET", "/openapi.json", OperationEndpoints.OpenApiAsync),
        .. PageEndpoints.Paths.Select(path => new Route("GET", path, PageEndpoints.RunAsync)),
    ];

    /// <summary>The route of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="chats">Whether there is a chat.</param>
    /// <exception cref="ApiException">There is none of its path, or none of its method.</exception>
    public static Route Of(HttpRequest request, bool chats)
    {
        var path = request.Path.Value is [_, .., '/'] value ? value[..^1] : request.Path.Value ?? "";
        var routes = All.Where(route => (chats || route.Path != Chat) && IsOf(route.Path, path)).ToList();
        if (routes.Count == 0)
        {
            throw ApiException.UnknownPath(
                path,
                path.StartsWith("/v1/chat/", StringComparison.Ordinal)
                    ? "the models here continue texts and do not chat, so send a prompt to /v1/completions, or start "
                        + "the server with --chat"
                    : "GET /openapi.json lists the paths"
            );
        }
        var method = HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method;
        return routes.Find(route => route.Method == method)
            ?? throw new ApiException(405, $"{path} does not take {request.Method}; send {routes[0].Method}.")
            {
                Headers = [("Allow", string.Join(", ", routes.Select(route => route.Method)))],
            };
    }

    private static bool IsOf(string route, string path)
    {
        if (route.EndsWith(Model, StringComparison.Ordinal)) // a model's name may have slashes in it
        {
            return path.StartsWith(route[..^Model.Length], StringComparison.Ordinal);
        }
        return route.Split(Id) is [var before, var after]
            ? path.Length > before.Length + after.Length
                && path.StartsWith(before, StringComparison.Ordinal)
                && path.EndsWith(after, StringComparison.Ordinal)
                && !path[before.Length..^after.Length].Contains('/')
            : path == route;
    }

    /// <summary>Work that a server finishes before it ends.</summary>
    private static Route Work(string path, Func<HttpContext, ServerState, Task> run) =>
        new(
            "POST",
            path,
            async (context, server) =>
            {
                server.Enter();
                try
                {
                    await run(context, server).ConfigureAwait(false);
                }
                finally
                {
                    server.Leave();
                }
            }
        );
}

/// <summary>A path of a server.</summary>
/// <param name="Method">The method, in upper case.</param>
/// <param name="Path">The path, with a name in braces for what is any text.</param>
/// <param name="RunAsync">What answers.</param>
internal sealed record Route(string Method, string Path, Func<HttpContext, ServerState, Task> RunAsync);
