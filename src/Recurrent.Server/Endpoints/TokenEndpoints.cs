using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Recurrent.Server.Contract;

namespace Recurrent.Server.Endpoints;

/// <summary><c>POST /tokenize</c> and <c>POST /detokenize</c>: from text to token ids, and back.</summary>
internal static class TokenEndpoints
{
    /// <summary>Answers with the ids of a text.</summary>
    public static async Task TokenizeAsync(HttpContext context, ServerState server)
    {
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var model = CompletionRequest.ModelOf(body, server.Models);
        var text = body.Text("prompt") ?? throw ApiException.Wrong("prompt", "prompt is missing; send a text.");
        var prompt = model.Codec.EncodePrompt(text);
        await Answer
            .JsonAsync(
                context,
                json =>
                {
                    json.WriteNumber("count", prompt.Tokens.Length);
                    json.WriteStartArray("tokens");
                    foreach (var token in prompt.Tokens.Span)
                    {
                        json.WriteNumberValue(token);
                    }
                    json.WriteEndArray();
                    json.WriteStartArray("unknown");
                    foreach (var token in prompt.Unknown)
                    {
                        json.WriteStringValue(token);
                    }
                    json.WriteEndArray();
                }
            )
            .ConfigureAwait(false);
    }

    /// <summary>Answers with the text of ids.</summary>
    public static async Task DetokenizeAsync(HttpContext context, ServerState server)
    {
        const string Field = "tokens";
        using var body = await RequestBody.ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var model = CompletionRequest.ModelOf(body, server.Models);
        var size = model.Codec.Vocabulary.Count;
        var array = body.Find(Field) ?? throw ApiException.Wrong(Field, "tokens is missing; send token ids.");
        int[] tokens =
            array.ValueKind == JsonValueKind.Array ? [.. array.EnumerateArray().Select(Token)] : throw Wrong(array);
        await Answer
            .JsonAsync(context, json => json.WriteString("prompt", model.Codec.Decode(tokens)))
            .ConfigureAwait(false);

        int Token(JsonElement token) =>
            token.ValueKind == JsonValueKind.Number && token.TryGetInt32(out var id) && (uint)id < (uint)size
                ? id
                : throw Wrong(token);

        ApiException Wrong(JsonElement value) =>
            RequestBody.Wrong(Field, value, $"an array of token ids from 0 to {size - 1}");
    }
}
