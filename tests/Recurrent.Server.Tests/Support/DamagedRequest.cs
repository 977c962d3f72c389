using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Recurrent.Randomness;

namespace Recurrent.Server.Tests.Support;

/// <summary>Requests that are damaged as bad clients, transfers and malice do it, and what they are answered.</summary>
internal static class DamagedRequest
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    private static readonly string[] s_bodies =
    [
        """{"prompt":"the ","max_tokens":5,"temperature":0.8,"top_p":0.9,"top_k":5,"min_p":0.1,"seed":-3,"user":"a"}""",
        """{"model":"gru","prompt":["a","b é🙂"],"n":2,"best_of":3,"logprobs":5,"echo":true,"stop":["e","\n"]}""",
        """{"prompt":[1,2,3],"max_tokens":8,"stream":true,"stream_options":{"include_usage":true},"logprobs":0}""",
        """{"prompt":[[1,2],[3]],"logit_bias":{"5":-100,"7":3.5},"presence_penalty":-1,"frequency_penalty":2}""",
        """{"prompt":"\ud83d\ude42 \u00e9","suffix":null,"repetition_penalty":1.1,"stream_interval_ms":0,"stream":1}""",
        """{"messages":[{"role":"user","content":[{"type":"text","text":"the "}]}],"logprobs":true,"top_logprobs":2}""",
        """{"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}],"max_tokens":4,"stream":true}""",
        """{"lines":["the miller","zq","漢\n"]}""",
        """{"tokens":[4,7,2],"prompt":"the miller"}""",
    ];

    private static readonly string[] s_paths =
    [
        "/v1/completions",
        "/v1/completions",
        "/v1/completions",
        "/v1/chat/completions",
        "/v1/score",
        "/tokenize",
        "/detokenize",
        "/v1/models",
        "/v1/models/gru",
        "/health",
        "/metrics",
        "/openapi.json",
        "/v1/models/..%2F..%2Fetc%2Fpasswd",
        "/v1/completions/?a=b",
        "//",
        "/%00%ff",
    ];

    private static readonly string[] s_headers =
    [
        "Content-Type: application/json; charset=iso-8859-1",
        "Content-Type: multipart/form-data",
        "Content-Type: \"",
        "Content-Encoding: gzip",
        "Accept-Encoding: gzip, br",
        "Authorization: Basic \u00e4",
        "Origin: http://evil.example",
        "Origin: null",
        "Host: evil.example",
        "Host:",
        "Expect: 100-continue",
        "Expect: nonsense",
        "Upgrade: h2c",
        "Connection: close, keep-alive, \0",
        "Transfer-Encoding: gzip, chunked",
        "Content-Length: 18446744073709551616",
        "Content-Length: -1",
        "Range: bytes=0-",
        "X-Request-Id: \u0001\u00ff",
        "Cookie: " + string.Join("; ", Enumerable.Range(0, 50).Select(i => $"a{i}=b")),
        " folded: header",
        "no colon",
        ": no name",
    ];

    private static readonly string[] s_values =
    [
        "null",
        "true",
        "-1",
        "0.5",
        "1e999",
        "-0",
        "4294967296",
        "9223372036854775808",
        "99999999999999999999999999999999",
        "\"\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\uFEFF\"",
        "[]",
        "{}",
        "[[[[[[[[[[[[1]]]]]]]]]]]]",
        "{\"a\":1,\"a\":2}",
        "NaN",
        "'a'",
        "01",
    ];

    /// <summary>A request of which nothing is certain but that it is not long.</summary>
    public static byte[] Make(RandomStream random)
    {
        var drawn = 0UL;
        int Below(int bound) => random.Below(bound, drawn++);
        T One<T>(IReadOnlyList<T> all) => all[Below(all.Count)];

        var body = Encoding.UTF8.GetBytes(One(s_bodies));
        for (var damages = Below(4); damages > 0; damages--)
        {
            body = Damage(body);
        }
        string[] others = ["GET", "HEAD", "OPTIONS", "PUT", "post", "P\0"];
        var head = new StringBuilder($"{(Below(2) == 0 ? "POST" : One(others))} {One(s_paths)} HTTP/1.1\r\n");
        List<string> headers = Below(20) > 0 ? ["Host: localhost"] : [];
        for (var more = Below(6) - 3; more > 0; more--)
        {
            headers.Insert(Below(headers.Count + 1), One(s_headers));
        }
        if (Below(50) == 0)
        {
            headers.Add($"X-Large: {new string('a', 20_000 << Below(2))}");
        }
        var isChunked = Below(5) == 0;
        var length = body.Length - (Below(20) == 0 ? Below(body.Length + 1) : 0); // what is left begins a request
        headers.Add(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {length}");
        foreach (var header in headers)
        {
            head.Append(header).Append(Below(100) == 0 ? "\n" : "\r\n");
        }
        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. isChunked ? Chunks() : body];

        byte[] Damage(byte[] bytes)
        {
            var (at, text) = (Below(bytes.Length + 1), Encoding.UTF8.GetString(bytes));
            switch (Below(8))
            {
                case 0 when bytes.Length > 0: // some bits
                    bytes[Math.Min(at, bytes.Length - 1)] ^= (byte)(1 << Below(8));
                    return bytes;
                case 1: // an end too soon
                    return bytes[..at];
                case 2: // bytes that are any
                    return [.. bytes[..at], (byte)Below(256), (byte)Below(256), .. bytes[at..]];
                case 3: // a piece in another place
                    var from = Below(bytes.Length + 1);
                    return [.. bytes[..at], .. bytes[from..Math.Min(from + 30, bytes.Length)], .. bytes[at..]];
                case 4: // a field that is there twice, or another one's
                    return Encoding.UTF8.GetBytes($"{{\"{One(Names(text))}\":{One(s_values)},{text.TrimStart('{')}");
                default: // a value that is another
                    var values = text.Split(':');
                    var place = 1 + Below(Math.Max(1, values.Length - 1));
                    if (place < values.Length)
                    {
                        var end = values[place].IndexOfAny([',', '}']);
                        values[place] = One(s_values) + (end < 0 ? "" : values[place][end..]);
                    }
                    return Encoding.UTF8.GetBytes(string.Join(':', values));
            }
        }

        byte[] Chunks()
        {
            var (half, size) = (Below(body.Length + 1), body.Length.ToString("x", CultureInfo.InvariantCulture));
            string[] sizes = [size, size, size, $"{half:x}", "-1", "zz", "ffffffffffffffff", ""];
            return [.. Encoding.ASCII.GetBytes($"{One(sizes)}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8];
        }
    }

    /// <summary>Sends a request and, behind it, one that is whole, and reads all answers.</summary>
    /// <returns>The statuses, and what is wrong with an answer; null for nothing.</returns>
    public static async Task<(IReadOnlyList<int> Statuses, string? Wrong)> SendAsync(
        IPEndPoint server,
        byte[] request,
        CancellationToken cancellationToken
    )
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(s_longest);
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server, cancellationToken);
        byte[] both = [.. request, .. "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8];
        var answers = new MemoryStream();
        try
        {
            await client.GetStream().WriteAsync(both, late.Token);
            await client.GetStream().CopyToAsync(answers, late.Token);
        }
        catch (IOException)
        {
            // It hung up on what it had not read; what it had answered is there.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ([], $"no end within {s_longest.TotalSeconds} s");
        }
        var isHead = request.AsSpan().StartsWith("HEAD "u8);
        List<int> statuses = [];
        var rest = answers.ToArray().AsSpan();
        while (rest.Length > 0)
        {
            var (length, status, wrong) = Answer(rest, isHead && statuses.Count == 0);
            statuses.Add(status);
            if (wrong is not null)
            {
                return (statuses, $"{wrong}: {Encoding.UTF8.GetString(rest)}");
            }
            rest = rest[length..];
        }
        return (statuses, statuses.Exists(status => status >= 500) ? "a status of the server's own fault" : null);
    }

    /// <summary>Reads an answer.</summary>
    /// <returns>Its length, its status, and what is wrong with it; null for nothing.</returns>
    private static (int Length, int Status, string? Wrong) Answer(ReadOnlySpan<byte> bytes, bool isHead)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        var head = end < 0 ? "" : Encoding.ASCII.GetString(bytes[..end]);
        if (!head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
        {
            return (0, 0, "no answer of HTTP");
        }
        var status = int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
        var body = bytes[(end + 4)..];
        // What is refused before its method is known has a body; it has no name yet.
        if ((isHead && head.Contains("\r\nX-Request-Id: ", StringComparison.Ordinal)) || status is 100 or 204)
        {
            return (end + 4, status, null);
        }
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase))
        {
            var last = body.IndexOf("\r\n0\r\n\r\n"u8);
            return last < 0 ? (0, status, "no end of the chunks") : (end + 4 + last + 7, status, null);
        }
        var field = head.Split("\r\n")
            .FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        var length = field is null ? 0 : int.Parse(field["Content-Length: ".Length..], CultureInfo.InvariantCulture);
        if (length > body.Length)
        {
            return (0, status, "a body that is too short");
        }
        return (end + 4 + length, status, status >= 400 && !IsError(body[..length]) ? "not an error as all are" : null);
    }

    private static bool IsError(ReadOnlySpan<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body.ToArray());
            var error = document.RootElement.GetProperty("error");
            string[] fields = ["message", "type", "param", "code"];
            return error.EnumerateObject().Select(field => field.Name).SequenceEqual(fields)
                && error.GetProperty("message").GetString() is { Length: > 0 }
                && error.GetProperty("type").GetString() is { Length: > 0 };
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    private static List<string> Names(string text) =>
        [.. text.Split('"').Where((_, i) => i % 2 == 1).DefaultIfEmpty("prompt")];
}
