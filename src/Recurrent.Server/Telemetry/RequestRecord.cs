using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recurrent.Server.Contract;
using Recurrent.Server.Engines;

namespace Recurrent.Server.Telemetry;

/// <summary>
/// What the log tells of a request, as a line or as JSON. None of it is in the client's own words, but for a name that
/// it has given its request and that is checked: there is no text in it, no key, and no path but those of routes.
/// </summary>
/// <param name="id">The request's name.</param>
/// <param name="method">Its method.</param>
internal sealed class RequestRecord(string id, string method)
{
    private EngineJob? _job;

    /// <summary>The status that stands for a client that went away.</summary>
    public const int Gone = 499;

    /// <summary>The route, or other.</summary>
    public string RoutePath { get; set; } = "other";

    /// <summary>The model; null where none was found.</summary>
    public ServedModel? Model { get; private set; }

    /// <summary>Whether all of its answer is there, whose tokens are counted as its usage tells them.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>The status of the answer, or of the error that broke it off.</summary>
    public int Status { get; set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>The time that it took.</summary>
    public TimeSpan Time { get; private set; }

    /// <summary>The number of tokens of its prompts, or of its lines.</summary>
    public long PromptTokens { get; private set; }

    /// <summary>The number of tokens that were written.</summary>
    public int CompletionTokens { get; private set; }

    /// <summary>The record of a request.</summary>
    public static RequestRecord Of(HttpContext context) => context.Features.GetRequiredFeature<RequestRecord>();

    /// <summary>Takes note of what the request asks of an engine.</summary>
    public void Begin(ServedModel model, EngineJob job) => (Model, _job) = (model, job);

    /// <summary>Takes note of its end.</summary>
    public void End(DateTimeOffset now, TimeSpan time)
    {
        (At, Time) = (now, time);
        (PromptTokens, CompletionTokens) = (_job?.PromptTokens ?? 0, _job?.CompletionTokens ?? 0);
    }

    /// <summary>Tells a span of it, in the words of OpenTelemetry's conventions.</summary>
    public void Describe(Activity span)
    {
        span.DisplayName = $"{method} {RoutePath}";
        span.SetTag("http.request.method", method);
        span.SetTag("http.route", RoutePath);
        span.SetTag("http.response.status_code", Status);
        if (Model is not null)
        {
            span.SetTag("gen_ai.request.model", Model.Name);
            span.SetTag("gen_ai.usage.input_tokens", PromptTokens);
            span.SetTag("gen_ai.usage.output_tokens", CompletionTokens);
        }
        if (Status >= 500)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>It as a line.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{At:yyyy-MM-ddTHH:mm:ss.fffZ} {Status} {method} {RoutePath}")
        + (Model is null ? "" : $" model={OneLine(Model.Name)}")
        + (_job is null ? "" : $" prompt_tokens={PromptTokens} completion_tokens={CompletionTokens}")
        + string.Create(CultureInfo.InvariantCulture, $" ms={Time.TotalMilliseconds:0.0} id={id}");

    /// <summary>It as a JSON object.</summary>
    public string ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, CompletionWriter.Options);
        json.WriteStartObject();
        json.WriteString("time", At);
        json.WriteNumber("status", Status);
        json.WriteString("method", method);
        json.WriteString("route", RoutePath);
        json.WriteString("model", Model?.Name);
        json.WriteNumber("prompt_tokens", PromptTokens);
        json.WriteNumber("completion_tokens", CompletionTokens);
        json.WriteNumber("ms", Math.Round(Time.TotalMilliseconds, 1));
        json.WriteString("id", id);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>A name that someone has given a model, such that it is one word of a line.</summary>
    private static string OneLine(string name) =>
        string.Concat(name.Select(letter => char.IsControl(letter) || char.IsWhiteSpace(letter) ? '_' : letter));
}
