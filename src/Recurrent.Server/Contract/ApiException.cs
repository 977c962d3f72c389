using System.Globalization;

namespace Recurrent.Server.Contract;

/// <summary>An answer that is an error, in the form that OpenAI's clients read.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">One sentence: what was wrong, the value and the bound, the way out.</param>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    private const string InvalidRequest = "invalid_request_error";

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The kind of error.</summary>
    public string Type { get; init; } = InvalidRequest;

    /// <summary>The field of the request that is wrong; null for none in particular.</summary>
    public string? Param { get; init; }

    /// <summary>The name of the error; null for none.</summary>
    public string? Code { get; init; }

    /// <summary>Headers of the answer.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>A field has another value than it may have.</summary>
    public static ApiException Wrong(string field, string message) => new(400, message) { Param = field };

    /// <summary>A body that is not a JSON object, or not a proper one.</summary>
    /// <param name="what">What is wrong with it, behind "The body".</param>
    public static ApiException NotJson(string what) =>
        new(400, $"The body {what}; send an object such as {{\"prompt\": \"the \"}}.") { Code = "invalid_json" };

    /// <summary>A body has more bytes than it may.</summary>
    public static ApiException TooLarge(long most) =>
        new(413, $"The body is larger than {most:#,0} bytes; send less at once, or start the server with --max-body.")
        {
            Code = "body_too_large",
        };

    /// <summary>Nothing is there under a path.</summary>
    public static ApiException UnknownPath(string path, string wayOut) =>
        new(404, $"There is nothing at {path}; {wayOut}.") { Code = "unknown_url" };

    /// <summary>No model has a name.</summary>
    public static ApiException UnknownModel(string name, IEnumerable<string> models) =>
        new(404, $"There is no model \"{name}\"; choose {string.Join(" or ", models)}.")
        {
            Param = "model",
            Code = "model_not_found",
        };

    /// <summary>No session has a name.</summary>
    /// <param name="id">The name.</param>
    /// <param name="wasDropped">Whether there was one.</param>
    public static ApiException UnknownSession(string id, bool wasDropped) =>
        new(
            404,
            wasDropped
                ? $"The session \"{id}\" was dropped, for it was not used or there was no room; begin another."
                : $"There is no session \"{id}\"; POST /v1/sessions begins one."
        )
        {
            Param = "session",
            Code = wasDropped ? "session_expired" : "session_not_found",
        };

    /// <summary>Another request changes a session.</summary>
    public static ApiException SessionBusy(string id) =>
        new(409, $"Another request writes in the session \"{id}\"; wait for its end, or fork the session.")
        {
            Param = "session",
            Code = "session_busy",
        };

    /// <summary>Too many wait already.</summary>
    public static ApiException QueueFull() =>
        new(429, "Too many texts wait for a place; try again in a second.")
        {
            Type = "rate_limit_error",
            Code = "queue_full",
            Headers = RetryAfter(TimeSpan.FromSeconds(1)),
        };

    /// <summary>The server ends.</summary>
    /// <param name="code">draining where it takes no more, or shutting_down where it breaks off.</param>
    public static ApiException Ending(string code) =>
        new(503, "The server is shutting down; ask another, or this one when it has started again.")
        {
            Type = "server_error",
            Code = code,
            Headers = [.. RetryAfter(TimeSpan.FromSeconds(1)), ("x-should-retry", "false")],
        };

    /// <summary>Something that should not have happened.</summary>
    public static ApiException Unexpected() =>
        new(500, "The server has made a mistake, which its log names; please report it.") { Type = "server_error" };

    /// <summary>Another status of the framework's.</summary>
    public static ApiException OfStatus(int status, string message) =>
        status switch
        {
            408 => new(408, "The body came too slowly; send it at 240 bytes a second or more.")
            {
                Type = "timeout",
                Code = "request_timeout",
            },
            414 => new(414, "The first line of the request is longer than 8 KB; send what is long in a body."),
            431 => new(431, "The headers of the request are more than 100 or larger than 32 KB; send fewer."),
            505 => new(505, "The request is of another version of HTTP; send HTTP/1.1 or HTTP/1.0."),
            _ => new(status, message),
        };

    private static (string, string)[] RetryAfter(TimeSpan delay) =>
        [
            ("Retry-After", delay.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
            ("retry-after-ms", delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)),
        ];
}
