using System.Text;
using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;
using Recurrent.Server.Telemetry;

namespace Recurrent.Server.Endpoints;

/// <summary>What those who run the server ask: whether it lives, whether it is ready, what it has done.</summary>
internal static class OperationEndpoints
{
    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(5);
    private static readonly Lazy<byte[]> s_openApi = new(ReadOpenApi);

    /// <summary>Answers that the process lives.</summary>
    public static Task LiveAsync(HttpContext context, ServerState server) =>
        Answer.JsonAsync(context, json => json.WriteString("status", "live"));

    /// <summary>Answers whether requests should be sent here.</summary>
    public static Task ReadyAsync(HttpContext context, ServerState server)
    {
        if (server.IsDraining)
        {
            throw ApiException.Ending("draining");
        }
        return server.Models.All(model => model.Engine.Silence < s_longestStep)
            ? Answer.JsonAsync(context, json => json.WriteString("status", "ready"))
            : throw new ApiException(503, "A model has taken no step for too long; restart the server.")
            {
                Type = "server_error",
                Code = "stalled",
            };
    }

    /// <summary>Answers with the metrics.</summary>
    public static Task MetricsAsync(HttpContext context, ServerState server)
    {
        context.Response.ContentType = MetricsText.ContentType;
        return context.Response.WriteAsync(server.Metrics.Text.ToString(), Encoding.UTF8, context.RequestAborted);
    }

    /// <summary>Answers with the description of all paths.</summary>
    public static Task OpenApiAsync(HttpContext context, ServerState server) =>
        Answer.JsonAsync(context.Response, s_openApi.Value, context.RequestAborted);

    private static byte[] ReadOpenApi()
    {
        using var resource = typeof(OperationEndpoints).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
