using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;
using Recurrent.Server.Endpoints;
using Recurrent.Server.Telemetry;

namespace Recurrent.Server;

/// <summary>The way of each request: through the gate, along its route, to an answer in one form, errors too.</summary>
/// <param name="gate">Who may come in.</param>
/// <param name="pages">The pages from elsewhere that may read answers.</param>
/// <param name="server">What the endpoints share.</param>
/// <param name="report">Takes a line about something that should not have happened.</param>
/// <param name="log">Takes what there is to tell of each request; null for nobody.</param>
internal sealed class Pipeline(
    Gate gate,
    CrossOrigin pages,
    ServerState server,
    Action<string> report,
    Action<RequestRecord>? log
)
{
    private const string RequestId = "X-Request-Id";
    private const int MaxIdLength = 64;

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var start = server.Time.GetTimestamp();
        var id = IdOf(context.Request);
        var record = new RequestRecord(id, MethodOf(context.Request));
        context.Response.Headers[RequestId] = id;
        context.Features.Set(record);
        try
        {
            await AnswerAsync(context, record).ConfigureAwait(false);
        }
        catch (Exception error) when (IsGone(context, error))
        {
            // Nobody knows how much of an answer that was there has come to a client that has gone.
            record.Status = record.IsAnswered ? StatusCodes.Status200OK : RequestRecord.Gone;
        }
        finally
        {
            record.End(server.Time.GetUtcNow(), server.Time.GetElapsedTime(start));
            server.Metrics.Finished(record);
            if (Activity.Current is { } span)
            {
                record.Describe(span);
            }
            if (!IsRoutine(record))
            {
                log?.Invoke(record);
            }
        }
    }

    private async Task AnswerAsync(HttpContext context, RequestRecord record)
    {
        try
        {
            if (!pages.Answer(context))
            {
                var route = Routes.Of(context.Request, server.ChatSeparator is not null);
                record.RoutePath = route.Path;
                gate.Check(context.Request);
                await route.RunAsync(context, server).ConfigureAwait(false);
            }
            record.Status = context.Response.StatusCode;
        }
        catch (Exception error) when (!IsGone(context, error))
        {
            var known = Known(context, error);
            record.Status = known.Status;
            await FailAsync(context, known).ConfigureAwait(false);
        }
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

    /// <summary>Whether there is nobody to answer any more.</summary>
    private static bool IsGone(HttpContext context, Exception error) =>
        context.RequestAborted.IsCancellationRequested || error is ConnectionResetException;

    /// <summary>What is asked every few seconds, and answered as ever.</summary>
    private static bool IsRoutine(RequestRecord record) =>
        record.Status < 400
        && (record.RoutePath == Routes.Metrics || record.RoutePath.StartsWith("/health", StringComparison.Ordinal));

    private static string MethodOf(HttpRequest request) =>
        request.Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS"
            ? request.Method
            : "other";

    /// <summary>The name that a client has given its request, if it can stand in any log; else another.</summary>
    private string IdOf(HttpRequest request)
    {
        var given = request.Headers[RequestId].ToString();
        return given.Length is > 0 and <= MaxIdLength && given.All(IsPlain) ? given : server.NewId("req-");

        static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-';
    }
}
