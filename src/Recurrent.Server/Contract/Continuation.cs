using Recurrent.Decoding;
using Recurrent.Formats.Safetensors;
using Recurrent.Server.Engines;
using Recurrent.Server.Sessions;

namespace Recurrent.Server.Contract;

/// <summary>
/// What a request goes on from, and what is to remain of it: the fields <c>session</c>, <c>keep</c>, <c>state</c> and
/// <c>return_state</c>.
/// </summary>
internal sealed record Continuation
{
    /// <summary>The fields that it is read of.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["session", "keep", "state", "return_state"];

    /// <summary>A text of its own, of which nothing remains.</summary>
    public static Continuation None { get; } = new();

    /// <summary>The model; null where the request names it as any other.</summary>
    public ServedModel? Model { get; init; }

    /// <summary>The text to go on from; null for a new one.</summary>
    public TextState? From { get; init; }

    /// <summary>The session that is to go on; null for none.</summary>
    public Session? Session { get; init; }

    /// <summary>Whether the answer has the state of each text.</summary>
    public bool ReturnsState { get; init; }

    /// <summary>Whether a text may go on, so that what is held back at its end is not told before that.</summary>
    public bool GoesOn => Session is not null || ReturnsState;

    /// <summary>The tokens that are there already.</summary>
    public long Tokens => From?.State.Position ?? 0;

    /// <summary>
    /// Reads the fields. A session that is to go on is this request's until <see cref="SessionStore.Leave"/>.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="models">The models.</param>
    /// <param name="sessions">The sessions.</param>
    /// <param name="owner">Who asks.</param>
    /// <exception cref="ApiException">A field is not as it must be, or another request changes the session.</exception>
    public static Continuation Read(
        RequestBody body,
        IReadOnlyList<ServedModel> models,
        SessionStore sessions,
        string owner
    )
    {
        var id = body.Text("session");
        var keeps = body.Find("keep") is null ? id is not null : body.Flag("keep");
        var returns = body.Flag("return_state");
        if (id is null)
        {
            return keeps
                ? throw ApiException.Wrong("keep", "keep is given without a session; POST /v1/sessions begins one.")
                : OfState(body, models, returns);
        }
        if (body.Find("state") is not null)
        {
            throw ApiException.Wrong("state", "state and session do not go together; leave one of them out.");
        }
        var (session, model) = SessionOf(id, models, sessions, owner);
        if (body.Text("model") is { } name && name != model.Name)
        {
            throw ApiException.Wrong("model", $"model is {name} and the session is of {model.Name}; leave it out.");
        }
        if (!keeps)
        {
            return new()
            {
                Model = model,
                From = session.Text,
                ReturnsState = returns,
            };
        }
        return new()
        {
            Model = model,
            From = sessions.TryEnter(session, out var text) ? text : throw ApiException.SessionBusy(id),
            Session = session,
            ReturnsState = returns,
        };
    }

    /// <summary>The session of a name, and its model.</summary>
    /// <exception cref="ApiException">There is none, or the model is another by now.</exception>
    public static (Session Session, ServedModel Model) SessionOf(
        string id,
        IReadOnlyList<ServedModel> models,
        SessionStore sessions,
        string owner
    )
    {
        var session = sessions.Find(id, owner, out var wasDropped) ?? throw ApiException.UnknownSession(id, wasDropped);
        var model = models.FirstOrDefault(served =>
            served.Name == session.Model && served.Fingerprint == session.Fingerprint
        );
        return model is null ? throw ApiException.UnknownSession(id, wasDropped: true) : (session, model);
    }

    /// <summary>Reads a state, which must be of one of the models.</summary>
    /// <param name="bytes">The bytes of a safetensors file.</param>
    /// <param name="models">The models.</param>
    /// <exception cref="ApiException">It is damaged, or of another model.</exception>
    public static (TextState Text, ServedModel Model) StateOf(byte[] bytes, IReadOnlyList<ServedModel> models)
    {
        try
        {
            using var stream = new MemoryStream(bytes);
            var file = StateFile.Open(stream);
            var model =
                models.FirstOrDefault(served => served.Fingerprint == file.Model)
                ?? throw Wrong(
                    $"it is of another model, {FormatError.Quote(file.Model)}; send it where that is served"
                );
            return (file.Read(model.Engine.Decoder, model.Codec), model);
        }
        catch (FormatError error)
        {
            throw Wrong(error.Message);
        }

        static ApiException Wrong(string message) =>
            ApiException.Wrong("state", $"The state cannot be used: {message}.");
    }

    /// <summary>Refuses a text that would not be kept, before it is read.</summary>
    /// <param name="sessions">The sessions.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokens">The tokens that are to come to what is there.</param>
    /// <exception cref="ApiException">All sessions may not take that much.</exception>
    public void RequireRoom(SessionStore sessions, ServedModel model, long tokens)
    {
        var more = StreamHistory.BytesOf(tokens, StateFile.StartOf(model.Engine.Decoder).Bytes);
        if (!sessions.HasRoomFor((From?.State.Bytes ?? 0) + more))
        {
            throw ApiException.Wrong(
                "session",
                $"With {tokens} more tokens the session takes more than --session-memory; ask for fewer, or raise that."
            );
        }
    }

    /// <summary>The bytes of a state.</summary>
    public static byte[] BytesOf(TextState text, ServedModel model)
    {
        using var stream = new MemoryStream();
        StateFile.Write(stream, model.Fingerprint, text);
        return stream.ToArray();
    }

    private static Continuation OfState(RequestBody body, IReadOnlyList<ServedModel> models, bool returns)
    {
        const string Field = "state";
        const string Expected = "the base64 that return_state gave";
        if (body.Find(Field) is not { } value)
        {
            return new() { ReturnsState = returns };
        }
        RequestBody.TextOf(Field, value, Expected);
        var (text, model) = StateOf(
            value.TryGetBytesFromBase64(out var bytes) ? bytes : throw RequestBody.Wrong(Field, value, Expected),
            body.Text("model") is { } name ? [CompletionRequest.ModelOf(name, models)] : models
        );
        return new()
        {
            Model = model,
            From = text,
            ReturnsState = returns,
        };
    }
}
