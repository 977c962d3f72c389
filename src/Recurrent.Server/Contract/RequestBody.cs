using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Recurrent.Ranges;

namespace Recurrent.Server.Contract;

/// <summary>The fields of a request's JSON object. A field that is null is one that is not there.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int MaxDepth = 8;
    private const int MaxShown = 40; // characters of a wrong value
    private const int MaxDropped = 16; // of a body that is too large, in bodies of the largest size

    private static readonly JsonDocumentOptions s_options = new()
    {
        MaxDepth = MaxDepth,
        AllowDuplicateProperties = false,
    };

    private readonly JsonDocument _document;

    private RequestBody(JsonDocument document) => _document = document;

    /// <summary>Reads a body to its end; whatever its type is said to be, it must be JSON.</summary>
    /// <exception cref="ApiException">It is compressed, not UTF-8, not JSON or not an object.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken) =>
        Parse(await ReadBytesAsync(request, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads the bytes of a body to its end.</summary>
    /// <exception cref="ApiException">It is compressed, or in another encoding than UTF-8.</exception>
    public static async Task<byte[]> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        RequirePlain(request);
        var size = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>();
        var most = size?.MaxRequestBodySize ?? long.MaxValue;
        if (size is { IsReadOnly: false })
        {
            size.MaxRequestBodySize *= MaxDropped;
        }
        try
        {
            return await BytesAsync(request.BodyReader, most, cancellationToken).ConfigureAwait(false);
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw ApiException.TooLarge(most);
        }
        catch (IOException error) when (error is not (BadHttpRequestException or ConnectionResetException))
        {
            throw new ApiException(400, $"The body does not come as HTTP has it: {error.Message}");
        }
    }

    /// <summary>
    /// Reads all bytes. Of too many the rest is dropped, because who still sends when the connection ends is told
    /// nothing but that it has ended.
    /// </summary>
    private static async Task<byte[]> BytesAsync(PipeReader reader, long most, CancellationToken cancellationToken)
    {
        var isTooLarge = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            isTooLarge |= read.Buffer.Length > most;
            var bytes = read.IsCompleted && !isTooLarge ? read.Buffer.ToArray() : null;
            reader.AdvanceTo(isTooLarge || read.IsCompleted ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return bytes ?? throw ApiException.TooLarge(most);
            }
        }
    }

    /// <summary>Reads the bytes of a body.</summary>
    /// <exception cref="ApiException">They are not UTF-8, not JSON or not an object.</exception>
    public static RequestBody Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span.StartsWith("\uFEFF"u8))
        {
            bytes = bytes["\uFEFF"u8.Length..];
        }
        if (!Utf8.IsValid(bytes.Span))
        {
            throw ApiException.NotJson("is not UTF-8");
        }
        if (bytes.IsEmpty)
        {
            throw ApiException.NotJson("is empty");
        }
        try
        {
            RequireText(bytes.Span);
        }
        catch (InvalidOperationException)
        {
            throw ApiException.NotJson("has a text with half a surrogate pair");
        }
        catch (JsonException error)
        {
            var (at, line) = (error.BytePositionInLine, error.LineNumber + 1);
            throw ApiException.NotJson($"is not JSON from its byte {at} in line {line} on");
        }
        try
        {
            var document = JsonDocument.Parse(bytes, s_options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return new(document);
            }
            document.Dispose();
        }
        catch (JsonException)
        {
            throw ApiException.NotJson("has an object with a name that is given twice"); // all else has been looked for
        }
        throw ApiException.NotJson("is not an object");
    }

    /// <summary>The names of the fields.</summary>
    public IEnumerable<string> Names => _document.RootElement.EnumerateObject().Select(member => member.Name);

    /// <summary>A field of any kind; null where it is not there.</summary>
    public JsonElement? Find(string field) =>
        _document.RootElement.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A number within bounds.</summary>
    public double Number(string field, Bounds<double> bounds, double byDefault) =>
        Find(field) is not { } value ? byDefault
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && bounds.Contains(number)
            ? number
        : throw Wrong(field, value, bounds.Expected);

    /// <summary>A whole number within bounds.</summary>
    public int Whole(string field, Bounds<int> bounds, int byDefault) => Whole(field, bounds) ?? byDefault;

    /// <summary>A whole number within bounds; null where it is not there.</summary>
    public int? Whole(string field, Bounds<int> bounds) =>
        Find(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && bounds.Contains(number)
            ? number
        : throw Wrong(field, value, bounds.Expected);

    /// <summary>A whole number of 64 bits; null where it is not there.</summary>
    public long? Seed(string field) =>
        Find(field) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw Wrong(field, value, "a whole number of 64 bits");

    /// <summary>True or false; false where it is not there.</summary>
    public bool Flag(string field) =>
        Find(field) is { } value
        && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(field, value, "true or false"),
        };

    /// <summary>A text; null where it is not there.</summary>
    public string? Text(string field) => Find(field) is { } value ? TextOf(field, value, "a text") : null;

    /// <summary>A text, or an array of them; none where it is not there.</summary>
    public IReadOnlyList<string> Texts(string field)
    {
        const string Expected = "a text or an array of texts";
        return Find(field) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } array => [.. array.EnumerateArray().Select(One)],
            { } text => [One(text)],
        };

        string One(JsonElement value) => TextOf(field, value, Expected);
    }

    /// <summary>A value that should be a text.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public static string TextOf(string field, JsonElement value, string expected) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(field, value, expected);

    /// <summary>An error about a value.</summary>
    public static ApiException Wrong(string field, JsonElement value, string expected)
    {
        var text = value.GetRawText();
        var shown = text.Length <= MaxShown ? text : $"{text[..MaxShown]}…";
        return ApiException.Wrong(field, $"{field} is {shown} and must be {expected}.");
    }

    public void Dispose() => _document.Dispose();

    /// <summary>Reads what is escaped, too: a document would find out only when it is asked.</summary>
    /// <exception cref="InvalidOperationException">Something that is escaped is not text.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="ApiException">It is nested too deep.</exception>
    private static void RequireText(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth + 1 });
        while (reader.Read())
        {
            if (reader is { CurrentDepth: MaxDepth, TokenType: JsonTokenType.StartArray or JsonTokenType.StartObject })
            {
                throw ApiException.NotJson($"is nested more than {MaxDepth} deep");
            }
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                reader.GetString();
            }
        }
    }

    private static void RequirePlain(HttpRequest request)
    {
        foreach (var encoding in request.Headers.ContentEncoding)
        {
            if (!string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
            {
                throw new ApiException(415, "The body is compressed; send it without Content-Encoding.");
            }
        }
        if (
            MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.CharSet?.Trim('"') is { Length: > 0 } charset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            && !charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
        )
        {
            throw new ApiException(415, "The body is not in UTF-8 by its Content-Type; send UTF-8.");
        }
    }
}
