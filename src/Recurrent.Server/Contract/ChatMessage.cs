using System.Text.Json;

namespace Recurrent.Server.Contract;

/// <summary>Writes what a text has gained as a chat's message, or as the next piece of one.</summary>
internal static class ChatMessage
{
    /// <summary>Writes it, and the probabilities of its tokens, into a choice.</summary>
    public static void Write(Utf8JsonWriter json, CompletionPiece piece, CompletionRequest request)
    {
        json.WriteStartObject(request.IsStreamed ? "delta" : "message");
        if (piece.IsFirst)
        {
            json.WriteString("role", "assistant");
        }
        json.WriteString("content", piece.Text);
        if (piece.IsFirst)
        {
            json.WriteNull("refusal");
        }
        json.WriteEndObject();
        if (piece.Scores is not { } scores)
        {
            json.WriteNull("logprobs");
            return;
        }
        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        foreach (var score in scores)
        {
            json.WriteStartObject();
            WriteToken(json, score.Token, score.LogProbability!.Value, request);
            json.WriteStartArray("top_logprobs");
            foreach (var (token, number) in score.Top ?? [])
            {
                json.WriteStartObject();
                WriteToken(json, token, number, request);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("refusal");
        json.WriteEndObject();
    }

    private static void WriteToken(Utf8JsonWriter json, int token, double number, CompletionRequest request)
    {
        json.WriteString("token", request.Model.Spellings[token]);
        json.WriteNumber("logprob", number);
        if (request.Model.Bytes[token] is not { } bytes)
        {
            json.WriteNull("bytes");
            return;
        }
        json.WriteStartArray("bytes");
        foreach (var value in bytes)
        {
            json.WriteNumberValue(value);
        }
        json.WriteEndArray();
    }
}
