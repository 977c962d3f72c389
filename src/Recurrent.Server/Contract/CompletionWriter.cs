using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Recurrent.Decoding;

namespace Recurrent.Server.Contract;

/// <summary>Writes the answers of completions and chats: whole, or in pieces.</summary>
/// <param name="job">The request's texts.</param>
/// <param name="id">What the answer is called.</param>
/// <param name="created">When it was asked, in seconds since 1970.</param>
internal sealed class CompletionWriter(CompletionJob job, string id, long created)
{
    private const string Text = "text_completion";
    private const string Chunk = "chat.completion.chunk";

    private readonly CompletionRequest _request = job.Request;
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The way in which all answers are written: text stays legible.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The whole answer, once all texts have ended.</summary>
    public ReadOnlyMemory<byte> Whole()
    {
        using var json = Begin(_request.IsChat ? "chat.completion" : Text);
        foreach (var (index, choice) in job.Answers)
        {
            WriteChoice(json, index, choice.TryTake()!);
        }
        json.WriteEndArray();
        WriteUsage(json);
        return End(json);
    }

    /// <summary>An event with what one text has gained.</summary>
    public ReadOnlyMemory<byte> Piece(int index, CompletionPiece piece)
    {
        using var json = Begin(_request.IsChat ? Chunk : Text);
        WriteChoice(json, index, piece);
        json.WriteEndArray();
        if (_request.IncludesUsage)
        {
            json.WriteNull("usage");
        }
        return End(json);
    }

    /// <summary>The last event, of no text, where the usage is asked for.</summary>
    public ReadOnlyMemory<byte> Usage()
    {
        using var json = Begin(_request.IsChat ? Chunk : Text);
        json.WriteEndArray();
        WriteUsage(json);
        return End(json);
    }

    /// <summary>Why a text has ended, in OpenAI's words; null while it goes on.</summary>
    public static string? FinishReason(EndReason? end) =>
        end switch
        {
            null => null,
            EndReason.StopString => "stop",
            _ => "length",
        };

    private Utf8JsonWriter Begin(string kind)
    {
        _bytes.ResetWrittenCount();
        var json = new Utf8JsonWriter(_bytes, Options);
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created);
        json.WriteString("model", _request.Model.Name);
        json.WriteString("system_fingerprint", _request.Model.Fingerprint);
        json.WriteNumber("seed", _request.Sampling.Seed);
        json.WriteStartArray("choices");
        return json;
    }

    private ReadOnlyMemory<byte> End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Flush();
        return _bytes.WrittenMemory;
    }

    private void WriteChoice(Utf8JsonWriter json, int index, CompletionPiece piece)
    {
        json.WriteStartObject();
        if (_request.IsChat)
        {
            json.WriteNumber("index", index);
            ChatMessage.Write(json, piece, _request);
        }
        else
        {
            json.WriteString("text", piece.Text);
            json.WriteNumber("index", index);
            WriteScores(json, piece.Scores);
        }
        json.WriteString("finish_reason", FinishReason(piece.End));
        if (piece.PromptTokens is { } prompt)
        {
            WriteIds(json, "prompt_token_ids", prompt.Span);
        }
        if (piece.Tokens is { } tokens)
        {
            WriteIds(json, "token_ids", [.. tokens]);
        }
        if (piece.Held is { } held)
        {
            json.WriteString("held", held);
        }
        if (piece.Left is { } left)
        {
            json.WriteBase64String("state", Continuation.BytesOf(left, _request.Model));
        }
        json.WriteEndObject();
    }

    private static void WriteIds(Utf8JsonWriter json, string name, ReadOnlySpan<int> tokens)
    {
        json.WriteStartArray(name);
        foreach (var token in tokens)
        {
            json.WriteNumberValue(token);
        }
        json.WriteEndArray();
    }

    private void WriteScores(Utf8JsonWriter json, IReadOnlyList<TokenScore>? scores)
    {
        if (scores is null)
        {
            json.WriteNull("logprobs");
            return;
        }
        var spellings = _request.Model.Spellings;
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (var score in scores)
        {
            json.WriteStringValue(spellings[score.Token]);
        }
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (var score in scores)
        {
            if (score.LogProbability is { } number)
            {
                json.WriteNumberValue(number);
            }
            else
            {
                json.WriteNullValue();
            }
        }
        json.WriteEndArray();
        WriteTop(json, scores, spellings);
        json.WriteStartArray("text_offset");
        foreach (var score in scores)
        {
            json.WriteNumberValue(score.Offset);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTop(Utf8JsonWriter json, IReadOnlyList<TokenScore> scores, IReadOnlyList<string> spellings)
    {
        if (_request.LogProbs is 0)
        {
            json.WriteNull("top_logprobs");
            return;
        }
        json.WriteStartArray("top_logprobs");
        foreach (var score in scores)
        {
            if (score.Top is not { } top)
            {
                json.WriteNullValue();
                continue;
            }
            json.WriteStartObject();
            foreach (var (token, number) in top)
            {
                json.WriteNumber(spellings[token], number);
            }
            if (!top.Any(likely => likely.Token == score.Token)) // OpenAI's has the token itself, too
            {
                json.WriteNumber(spellings[score.Token], score.LogProbability!.Value);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WriteUsage(Utf8JsonWriter json)
    {
        var (prompts, completions) = (job.PromptTokens, job.CompletionTokens);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", prompts);
        json.WriteNumber("completion_tokens", completions);
        json.WriteNumber("total_tokens", prompts + completions);
        if (job.CachedTokens > 0)
        {
            json.WriteStartObject("prompt_tokens_details");
            json.WriteNumber("cached_tokens", job.CachedTokens);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
