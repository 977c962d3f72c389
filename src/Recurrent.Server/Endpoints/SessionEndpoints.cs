using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;
using Recurrent.Text;

namespace Recurrent.Server.Endpoints;

/// <summary><c>/v1/sessions</c>: texts that a server keeps, to go on with, to fork and to go back in.</summary>
internal static class SessionEndpoints
{
    private const int MostForks = 128;
    private const string Prefix = "/v1/sessions/";

    /// <summary>Begins a session, with a prompt or with a state.</summary>
    public static async Task CreateAsync(HttpContext context, ServerState server)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Ending);
        var bytes = await RequestBody.ReadBytesAsync(context.Request, either.Token).ConfigureAwait(false);
        if (IsState(bytes))
        {
            var (text, of) = Continuation.StateOf(bytes, server.Models);
            await AnswerAsync(context, server, Add(context, server, of, text)).ConfigureAwait(false);
            return;
        }
        using var body = RequestBody.Parse(bytes);
        RequireNoSession(body);
        var continuation = Continuation.Read(body, server.Models, server.Sessions, ServerState.OwnerOf(context));
        var request = CompletionRequest.ReadBeginning(body, server.Models, server.DrawSeed, continuation);
        server.Metrics.Ignored(request.UnknownFields);
        var prompt = request.Prompts[0].Tokens;
        continuation.RequireRoom(server.Sessions, request.Model, prompt.Tokens.Length);
        var read = await ReadAsync(request.Model, continuation.From?.State, prompt, either.Token).ConfigureAwait(false);
        var begun = new TextState(read, request.Sampling, continuation.From?.Sample ?? 0);
        await AnswerAsync(context, server, Add(context, server, request.Model, begun)).ConfigureAwait(false);
    }

    /// <summary>Answers with the sessions of whoever asks.</summary>
    public static Task ListAsync(HttpContext context, ServerState server) =>
        AnswerAsync(context, server, server.Sessions.Of(ServerState.OwnerOf(context)));

    /// <summary>Answers with a session.</summary>
    public static Task FindAsync(HttpContext context, ServerState server) =>
        AnswerAsync(context, server, Find(context, server).Session);

    /// <summary>Forgets a session.</summary>
    public static Task DeleteAsync(HttpContext context, ServerState server)
    {
        var session = Find(context, server).Session;
        server.Sessions.Remove(session);
        return Answer.JsonAsync(
            context,
            json =>
            {
                json.WriteString("id", session.Id);
                json.WriteString("object", "session.deleted");
                json.WriteBoolean("deleted", true);
            }
        );
    }

    /// <summary>Makes copies of a session, from its end or from before.</summary>
    public static async Task ForkAsync(HttpContext context, ServerState server)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Ending);
        using var body = await ReadOptionalAsync(context.Request, either.Token).ConfigureAwait(false);
        var (session, model) = Find(context, server);
        var text = session.Text;
        var count = body.Whole("n", Within.From(1, MostForks), 1);
        if (body.Whole("at", PositionsOf(text.State)) is { } at)
        {
            text = text with { State = await RewindAsync(model, text.State, at, either.Token).ConfigureAwait(false) };
        }
        var forks = Enumerable.Range(0, count).Select(_ => Add(context, server, model, text)).ToList();
        await AnswerAsync(context, server, forks).ConfigureAwait(false);
    }

    /// <summary>Goes back in a session.</summary>
    public static async Task RewindAsync(HttpContext context, ServerState server)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Ending);
        using var body = await RequestBody.ReadAsync(context.Request, either.Token).ConfigureAwait(false);
        var (session, model) = Find(context, server);
        if (!server.Sessions.TryEnter(session, out var text))
        {
            throw ApiException.SessionBusy(session.Id);
        }
        using var use = new SessionUse(server.Sessions, session);
        var to =
            body.Whole("to", PositionsOf(text.State))
            ?? throw ApiException.Wrong("to", "to is missing; send the number of tokens that stay.");
        use.Leave(await RewindAsync(model, text.State, to, either.Token).ConfigureAwait(false));
        await AnswerAsync(context, server, session).ConfigureAwait(false);
    }

    /// <summary>Answers with a session's state, as a file.</summary>
    public static Task StateAsync(HttpContext context, ServerState server)
    {
        var (session, model) = Find(context, server);
        var bytes = Continuation.BytesOf(session.Text, model);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{session.Id}.safetensors\"";
        return context.Response.BodyWriter.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    /// <summary>Whether a body is a safetensors file: it begins with a length, which no text does.</summary>
    private static bool IsState(ReadOnlySpan<byte> bytes) =>
        bytes[..Math.Min(bytes.Length, sizeof(long))].Contains((byte)0);

    private static void RequireNoSession(RequestBody body)
    {
        if (body.Find("session") is not null)
        {
            throw ApiException.Wrong("session", "session is given and a new one begins; fork the other instead.");
        }
    }

    /// <summary>Reads a body that need not be there.</summary>
    private static async Task<RequestBody> ReadOptionalAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var bytes = await RequestBody.ReadBytesAsync(request, cancellationToken).ConfigureAwait(false);
        return RequestBody.Parse(bytes.Length > 0 ? bytes : "{}"u8.ToArray());
    }

    private static (Session Session, ServedModel Model) Find(HttpContext context, ServerState server)
    {
        var id = context.Request.Path.Value![Prefix.Length..].Split('/')[0];
        return Continuation.SessionOf(id, server.Models, server.Sessions, ServerState.OwnerOf(context));
    }

    private static Session Add(HttpContext context, ServerState server, ServedModel model, TextState text) =>
        server.Sessions.Add(
            server.NewId("sess-") + server.NewId(""), // 128 bits
            ServerState.OwnerOf(context),
            model.Name,
            model.Fingerprint,
            text
        );

    private static Bounds<int> PositionsOf(StreamState state) =>
        Within.From((int)(state.Earliest ?? state.Position), (int)state.Position);

    private static Task<StreamState> RewindAsync(
        ServedModel model,
        StreamState state,
        int position,
        CancellationToken cancellationToken
    ) =>
        position == state.Position
            ? Task.FromResult(state)
            : ReadAsync(model, state.Rewind(position), new Prompt(default), cancellationToken);

    private static async Task<StreamState> ReadAsync(
        ServedModel model,
        StreamState? from,
        Prompt prompt,
        CancellationToken cancellationToken
    )
    {
        var job = new ReadingJob(from, prompt);
        await ServerState
            .WithRowsAsync(model, job, job.Rows, () => job.Finished.WaitAsync(cancellationToken))
            .ConfigureAwait(false);
        return job.Result!;
    }

    private static Task AnswerAsync(HttpContext context, ServerState server, Session session) =>
        Answer.JsonAsync(context, json => Write(json, server, session));

    private static Task AnswerAsync(HttpContext context, ServerState server, IReadOnlyList<Session> sessions) =>
        Answer.JsonAsync(
            context,
            json =>
            {
                json.WriteString("object", "list");
                json.WriteStartArray("data");
                foreach (var session in sessions)
                {
                    json.WriteStartObject();
                    Write(json, server, session);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
        );

    private static void Write(Utf8JsonWriter json, ServerState server, Session session)
    {
        json.WriteString("id", session.Id);
        json.WriteString("object", "session");
        json.WriteString("model", session.Model);
        json.WriteString("fingerprint", session.Fingerprint);
        json.WriteNumber("seed", session.Text.Sampling.Seed);
        json.WriteNumber("tokens", session.Text.State.Position);
        json.WriteNumber("created", session.Created.ToUnixTimeSeconds());
        json.WriteNumber("expires_at", server.Sessions.ExpiryOf(session).ToUnixTimeSeconds());
        json.WriteNumber("state_bytes", session.Bytes);
    }
}
