using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Recurrent.Server.Contract;

namespace Recurrent.Server.Endpoints;

/// <summary>The ways in which something is answered: JSON, events, an error.</summary>
internal static class Answer
{
    /// <summary>Answers with JSON.</summary>
    public static async Task JsonAsync(HttpResponse response, ReadOnlyMemory<byte> json, CancellationToken cancelled)
    {
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json, cancelled).ConfigureAwait(false);
    }

    /// <summary>Answers with a JSON object.</summary>
    public static Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write) =>
        JsonAsync(context.Response, Object(write), context.RequestAborted);

    /// <summary>Answers with an error.</summary>
    public static Task ErrorAsync(HttpContext context, ApiException error)
    {
        context.Response.StatusCode = error.Status;
        foreach (var (name, value) in error.Headers)
        {
            context.Response.Headers[name] = value;
        }
        return JsonAsync(context.Response, Error(error), context.RequestAborted);
    }

    /// <summary>An error as JSON.</summary>
    public static ReadOnlyMemory<byte> Error(ApiException error) =>
        Object(json =>
        {
            json.WriteStartObject("error");
            json.WriteString("message", error.Message);
            json.WriteString("type", error.Type);
            json.WriteString("param", error.Param);
            json.WriteString("code", error.Code);
            json.WriteEndObject();
        });

    /// <summary>Begins an answer of server-sent events.</summary>
    public static void BeginEvents(HttpResponse response)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // a proxy would hold events back
        // A reader may be slow: its text waits for it. FlushAsync says when it is taken for gone.
        response.HttpContext.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
    }

    /// <summary>Sends what was written.</summary>
    /// <exception cref="ConnectionResetException">The reader has taken nothing for too long.</exception>
    public static async ValueTask FlushAsync(HttpContext context, ServerState server, CancellationToken cancelled)
    {
        var flush = context.Response.BodyWriter.FlushAsync(cancelled);
        if (flush.IsCompleted)
        {
            await flush.ConfigureAwait(false);
            return;
        }
        try
        {
            await flush.AsTask().WaitAsync(server.LongestFlush, server.Time, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            context.Abort();
            throw new ConnectionResetException("The reader has taken nothing for too long.", error);
        }
    }

    /// <summary>Writes an event; it is not sent before a flush.</summary>
    public static void WriteEvent(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        output.Write("data: "u8);
        output.Write(data);
        output.Write("\n\n"u8);
    }

    /// <summary>Writes the usage of a request that only reads.</summary>
    public static void WriteUsage(Utf8JsonWriter json, long tokens)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, CompletionWriter.Options);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }
}
