using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;

namespace Recurrent.Server;

/// <summary>The way of each request: through the gate, along its route, to an answer in one form, errors too.</summary>
/// <param name="gate">Who may come in.</param>
/// <param name="pages">The pages from elsewhere that may read answers.</param>
/// <param name="server">What the endpoints share.</param>
/// <param name="report">Takes a line about something that should not have happened.</param>
internal sealed class Pipeline(Gate gate, CrossOrigin pages, ServerState server, Action<string> report)
{
    private const string RequestId = "X-Request-Id";
    private const int MaxIdLength = 64;

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var start = server.Time.GetTimestamp();
        var name = "other";
        context.Response.Headers[RequestId] = IdOf(context.Request);
        try
        {
            if (!pages.Answer(context))
            {
                var route = Routes.Of(context.Request, server.ChatSeparator is not null);
                name = route.Path;
                gate.Check(context.Request);
                await route.RunAsync(context, server).ConfigureAwait(false);
            }
        }
        catch (Exception error)
            when (context.RequestAborted.IsCancellationRequested || error is ConnectionResetException)
        {
            server.Metrics.Aborted();
            return;
        }
        catch (Exception error)
        {
            await FailAsync(context, Known(context, error)).ConfigureAwait(false);
        }
        server.Metrics.Answered(name, context.Response.StatusCode, server.Time.GetElapsedTime(start));
    }

    private static async Task FailAsync(HttpContext context, ApiException error)
    {
        if (!context.Response.HasStarted)
        {
            await Answer.ErrorAsync(context, error).ConfigureAwait(false);
            return;
        }
        // The status is gone. Nothing may look like an end that was reached, so there is no [DONE].
        Answer.WriteEvent(context.Response.BodyWriter, Answer.Error(error).Span);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private ApiException Known(HttpContext context, Exception error)
    {
        switch (error)
        {
            case ApiException known:
                return known;
            case BadHttpRequestException bad:
                return ApiException.OfStatus(bad.StatusCode, bad.Message);
            case OperationCanceledException when server.Ending.IsCancellationRequested:
                return ApiException.Ending("shutting_down");
            default:
                report($"{context.Request.Method} {context.Request.Path}: {error}");
                return ApiException.Unexpected();
        }
    }

    /// <summary>The name that a client has given its request, if it can stand in any log; else another.</summary>
    private string IdOf(HttpRequest request)
    {
        var given = request.Headers[RequestId].ToString();
        return given.Length is > 0 and <= MaxIdLength && given.All(IsPlain) ? given : server.NewId("req-");

        static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-';
    }
}
