using System.Buffers;
using Microsoft.AspNetCore.Http;
using Recurrent.Decoding;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;
using Recurrent.Server.Telemetry;

namespace Recurrent.Server.Endpoints;

/// <summary>
/// <c>POST /v1/completions</c> and <c>POST /v1/chat/completions</c>: writes on, whole or piece by piece.
/// </summary>
internal static class CompletionEndpoint
{
    /// <summary>Answers a request.</summary>
    public static Task RunAsync(HttpContext context, ServerState server) =>
        RunAsync(
            context,
            server,
            (body, from) => CompletionRequest.Read(body, server.Models, server.Limits, server.DrawSeed, from)
        );

    /// <summary>Answers a request of a client that chats.</summary>
    public static Task ChatAsync(HttpContext context, ServerState server) =>
        RunAsync(
            context,
            server,
            (body, from) =>
                ChatRequest.Read(body, server.Models, server.Limits, server.DrawSeed, from, server.ChatSeparator ?? "")
        );

    private static async Task RunAsync(
        HttpContext context,
        ServerState server,
        Func<RequestBody, Continuation, CompletionRequest> read
    )
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Ending);
        var request = await ReadAsync(context, server, read, either.Token).ConfigureAwait(false);
        using var session = new SessionUse(server.Sessions, request.Continuation.Session);
        server.Metrics.Ignored(request.UnknownFields);
        var job = new CompletionJob(request, server.Time, server.PromptsOf(context));
        RequestRecord.Of(context).Begin(request.Model, job);
        if (request.Continuation.Session is not null)
        {
            var tokens = job.PromptTokens - request.Continuation.Tokens + request.MaxTokens;
            request.Continuation.RequireRoom(server.Sessions, request.Model, tokens);
        }
        await ServerState
            .WithRowsAsync(
                request.Model,
                job,
                job.Rows,
                async () =>
                {
                    var writer = new CompletionWriter(
                        job,
                        server.NewId(request.IsChat ? "chatcmpl-" : "cmpl-"),
                        server.Now()
                    );
                    if (request.IsStreamed)
                    {
                        await StreamAsync(context, server, job, writer, session, either.Token).ConfigureAwait(false);
                        return;
                    }
                    await job.Finished.WaitAsync(either.Token).ConfigureAwait(false);
                    session.Leave(job.Choices[0].Left?.State);
                    Count(context, server, job);
                    await Answer.JsonAsync(context.Response, writer.Whole(), either.Token).ConfigureAwait(false);
                }
            )
            .ConfigureAwait(false);
    }

    private static async Task<CompletionRequest> ReadAsync(
        HttpContext context,
        ServerState server,
        Func<RequestBody, Continuation, CompletionRequest> read,
        CancellationToken cancellationToken
    )
    {
        using var body = await RequestBody.ReadAsync(context.Request, cancellationToken).ConfigureAwait(false);
        var continuation = Continuation.Read(body, server.Models, server.Sessions, ServerState.OwnerOf(context));
        try
        {
            return read(body, continuation);
        }
        catch
        {
            new SessionUse(server.Sessions, continuation.Session).Dispose();
            throw;
        }
    }

    private static async Task StreamAsync(
        HttpContext context,
        ServerState server,
        CompletionJob job,
        CompletionWriter writer,
        SessionUse session,
        CancellationToken cancellationToken
    )
    {
        var output = context.Response.BodyWriter;
        Answer.BeginEvents(context.Response);
        await Answer.FlushAsync(context, server, cancellationToken).ConfigureAwait(false); // the headers
        var news = job.News!;
        using var leaving = cancellationToken.UnsafeRegister(static news => ((News)news!).Tell(), news);
        using var silence = server.Time.CreateTimer(
            static news => ((News)news!).TellSilence(),
            news,
            server.Patience,
            Timeout.InfiniteTimeSpan
        );
        try
        {
            bool isFinished;
            do
            {
                await news.WaitAsync().ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                isFinished = job.Finished.IsCompleted; // before the pieces are taken, so that none comes behind the end
                if (job.Finished.IsFaulted)
                {
                    await job.Finished.ConfigureAwait(false);
                }
                var isSilent = news.TakeSilence();
                var any = WritePieces(output, job, writer, session);
                if (isFinished || !(any || isSilent))
                {
                    continue;
                }
                if (!any)
                {
                    output.Write(": ping\n\n"u8); // a proxy that hears nothing for long would hang up
                }
                await Answer.FlushAsync(context, server, cancellationToken).ConfigureAwait(false);
                silence.Change(server.Patience, Timeout.InfiniteTimeSpan);
            } while (!isFinished);
        }
        finally
        {
            // It may be the engine's thread that has come here with a piece, and that goes no further.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        Count(context, server, job);
        if (job.Request.IncludesUsage)
        {
            Answer.WriteEvent(output, writer.Usage().Span);
        }
        Answer.WriteEvent(output, "[DONE]"u8);
        await Answer.FlushAsync(context, server, cancellationToken).ConfigureAwait(false);
    }

    private static bool WritePieces(
        IBufferWriter<byte> output,
        CompletionJob job,
        CompletionWriter writer,
        SessionUse session
    )
    {
        var any = false;
        for (var index = 0; index < job.Choices.Count; index++)
        {
            var choice = job.Choices[index];
            do
            {
                if (choice.TryTake() is not { } piece)
                {
                    break;
                }
                any = true;
                if (piece.End is not null)
                {
                    session.Leave(choice.Left?.State); // whoever has read the end may go on
                }
                Answer.WriteEvent(output, writer.Piece(index, piece).Span);
                job.Request.Model.Engine.Resume(choice);
            } while (choice.HasPieces);
        }
        return any;
    }

    private static void Count(HttpContext context, ServerState server, CompletionJob job)
    {
        RequestRecord.Of(context).IsAnswered = true;
        var model = job.Request.Model;
        server.Metrics.Completed(model, job.PromptTokens, job.CompletionTokens, job.FirstToken);
        server.Metrics.Cached(model, job.CachedTokens);
        foreach (var (_, choice) in job.Answers)
        {
            server.Metrics.Ended(model, CompletionWriter.FinishReason(choice.End)!);
        }
    }
}

/// <summary>A request's use of a session that it changes; left at its end, whatever comes.</summary>
/// <param name="sessions">The sessions.</param>
/// <param name="session">The session, which is entered; null for none.</param>
internal sealed class SessionUse(SessionStore sessions, Session? session) : IDisposable
{
    private Session? _entered = session;

    /// <summary>Leaves the session with another state.</summary>
    public void Leave(StreamState? next)
    {
        if (Interlocked.Exchange(ref _entered, null) is { } entered)
        {
            sessions.Leave(entered, next);
        }
    }

    /// <summary>Leaves the session as it was.</summary>
    public void Dispose() => Leave(null);
}
