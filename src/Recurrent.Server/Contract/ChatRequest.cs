using System.Text.Json;
using Recurrent.Decoding;
using Recurrent.Ranges;
using Recurrent.Server.Engines;

namespace Recurrent.Server.Contract;

/// <summary>
/// The body of <c>POST /v1/chat/completions</c>, for clients that can ask for nothing else: the messages, one after the
/// other, are the prompt of a completion, and the last of them is continued.
/// </summary>
internal static class ChatRequest
{
    private const string Messages = "messages";
    private const int MaxTop = 20; // as OpenAI's

    private static readonly string[] s_own =
    [
        Messages,
        "max_tokens",
        "max_completion_tokens",
        "logprobs",
        "top_logprobs",
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "response_format",
    ];

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="models">The models.</param>
    /// <param name="limits">The limits of a request.</param>
    /// <param name="drawSeed">Draws a seed for a request that has none.</param>
    /// <param name="continuation">What it goes on from.</param>
    /// <param name="separator">What stands between two messages.</param>
    /// <exception cref="ApiException">A field is not as it must be.</exception>
    public static CompletionRequest Read(
        RequestBody body,
        IReadOnlyList<ServedModel> models,
        RequestLimits limits,
        Func<long> drawSeed,
        Continuation continuation,
        string separator
    )
    {
        var model = continuation.Model ?? CompletionRequest.ModelOf(body, models);
        RequireTextAlone(body);
        var prompt = string.Join(separator, MessagesOf(body));
        var request = CompletionRequest.Shared(body, model, limits, drawSeed, continuation, s_own) with
        {
            Prompts = [new(prompt, model.Codec.EncodePrompt(prompt))],
            MaxTokens = MaxTokensOf(body, limits),
            LogProbs = LogProbsOf(body, limits),
            IsChat = true,
        };
        return request.RequireFew(limits);
    }

    private static int MaxTokensOf(RequestBody body, RequestLimits limits)
    {
        var bounds = Within.From(0, limits.MaxTokens);
        // The newer name goes first, as in OpenAI's; clients that know both send the older one for older servers.
        return body.Whole("max_completion_tokens", bounds)
            ?? body.Whole("max_tokens", bounds)
            ?? Math.Min(SamplingOptions.DefaultLength, limits.MaxTokens);
    }

    private static int? LogProbsOf(RequestBody body, RequestLimits limits)
    {
        const string Field = "top_logprobs";
        var top = body.Whole(Field, Within.From(0, Math.Max(MaxTop, limits.MaxLogProbs)));
        return body.Flag("logprobs") ? top ?? 0
            : top is null ? null
            : throw ApiException.Wrong(Field, $"{Field} is given without logprobs; leave it out, or set logprobs.");
    }

    /// <summary>The texts of the messages.</summary>
    private static IEnumerable<string> MessagesOf(RequestBody body)
    {
        const string Expected = "an array of messages, each with a role and a content";
        var messages = body.Find(Messages) ?? throw ApiException.Wrong(Messages, "messages is missing; send some.");
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw RequestBody.Wrong(Messages, messages, Expected);
        }
        return messages
            .EnumerateArray()
            .Select(
                (message, i) =>
                    message.ValueKind == JsonValueKind.Object
                    && message.TryGetProperty("role", out var role)
                    && role.ValueKind == JsonValueKind.String
                        ? TextOf(message, $"{Messages}[{i}].content")
                        : throw RequestBody.Wrong(Messages, message, Expected)
            );
    }

    /// <summary>The text of a message: its content, or the texts of its parts; nothing where it has none.</summary>
    private static string TextOf(JsonElement message, string field)
    {
        const string Expected = "a text, or an array of parts of the type text";
        return !message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null ? ""
            : content.ValueKind == JsonValueKind.Array ? string.Concat(content.EnumerateArray().Select(Part))
            : RequestBody.TextOf(field, content, Expected);

        string Part(JsonElement part) =>
            part.ValueKind == JsonValueKind.Object
            && part.TryGetProperty("type", out var type)
            && type.ValueKind == JsonValueKind.String
            && type.ValueEquals("text"u8)
            && part.TryGetProperty("text", out var text)
                ? RequestBody.TextOf(field, text, Expected)
                : throw RequestBody.Wrong(field, part, Expected);
    }

    /// <summary>Refuses to answer with anything but a text, because a text would be taken for something else.</summary>
    private static void RequireTextAlone(RequestBody body)
    {
        foreach (var field in (string[])["tools", "functions"])
        {
            var isNone =
                body.Find(field) is not { } given
                || (given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0);
            if (!isNone)
            {
                throw ApiException.Wrong(field, $"{field} is given and the models here call none; leave it out.");
            }
        }
        if (
            body.Find("response_format") is { } format
            && !(
                format.ValueKind == JsonValueKind.Object
                && format.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.ValueEquals("text"u8)
            )
        )
        {
            throw RequestBody.Wrong("response_format", format, "{\"type\": \"text\"}");
        }
    }
}
