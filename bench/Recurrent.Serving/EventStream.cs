using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Recurrent.Serving;

/// <summary>
/// A connection that streams texts. It costs a call of the system where something has come, and counts characters
/// without making objects of them.
/// </summary>
internal sealed class EventStream : IDisposable
{
    private static readonly byte[] s_headEnd = "\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Uri _server;
    private readonly List<byte> _head = [];
    private byte[] _events = new byte[4096]; // what has come of an event
    private int _length; // of it
    private Place _place;
    private int _left; // bytes of the chunk
    private bool _waits = true;
    private bool _isClosed;

    /// <summary>Connects.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="receiveBuffer">Bytes that the system holds for a slow reader; 0 for its own choice.</param>
    public EventStream(Uri server, int receiveBuffer = 0)
    {
        if (receiveBuffer > 0)
        {
            _socket.ReceiveBufferSize = receiveBuffer;
        }
        _server = server;
        _socket.NoDelay = true;
        _socket.Connect(IPAddress.Loopback, server.Port);
    }

    private enum Place
    {
        Head,
        ChunkSize,
        Chunk,
        ChunkEnd,
        End,
    }

    /// <summary>Characters of text so far.</summary>
    public long Characters { get; private set; }

    /// <summary>Characters that came with the first.</summary>
    public long FirstCharacters { get; private set; }

    /// <summary>When the first came.</summary>
    public long FirstAt { get; private set; }

    /// <summary>When the last came.</summary>
    public long LastAt { get; private set; }

    /// <summary>The times between events with text, in milliseconds, where they are wanted.</summary>
    public List<double>? Gaps { get; set; }

    /// <summary>Whether the answer, or the connection, has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether all of the answer came.</summary>
    public bool IsWhole => _place == Place.End;

    /// <summary>Whether an event has said why the text ended.</summary>
    public bool HasReason { get; private set; }

    /// <summary>Whether an event was an error.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Characters a second from the first on.</summary>
    public double Rate =>
        (Characters - FirstCharacters) / TimeProvider.System.GetElapsedTime(FirstAt, LastAt).TotalSeconds;

    /// <summary>Sends a request, after the answer to the one before.</summary>
    public void Ask(string body, string path = "/v1/completions")
    {
        (_place, _length) = (Place.Head, 0);
        _head.Clear();
        (Characters, FirstCharacters, FirstAt, LastAt) = (0, 0, 0, 0);
        (HasEnded, HasReason, HasFailed) = (false, false, false);
        var request =
            $"POST {path} HTTP/1.1\r\nHost: {_server.Authority}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
        Wait(true);
        _socket.Send(Encoding.UTF8.GetBytes(request));
    }

    /// <summary>Reads what is there.</summary>
    public void Poll(Span<byte> buffer, bool waits = false)
    {
        Wait(waits);
        int count;
        do
        {
            count = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock)
            {
                return;
            }
            if (error is not SocketError.Success || count == 0)
            {
                HasEnded = true;
                return;
            }
            Read(buffer[..count]);
        } while (count == buffer.Length && !HasEnded);
    }

    /// <summary>Waits for the first text.</summary>
    public void WaitForText()
    {
        var buffer = new byte[4096];
        while (Characters == 0 && !HasEnded)
        {
            Poll(buffer, waits: true);
        }
    }

    /// <summary>Closes the connection at once.</summary>
    public void Dispose()
    {
        if (_isClosed)
        {
            return;
        }
        _isClosed = true;
        _socket.LingerState = new LingerOption(enable: true, seconds: 0); // what has not been read is not waited for
        _socket.Dispose();
    }

    private void Wait(bool waits)
    {
        if (_waits != waits)
        {
            _socket.Blocking = _waits = waits;
        }
    }

    private void Read(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var taken = 1;
            switch (_place)
            {
                case Place.Head:
                    _head.Add(bytes[0]);
                    if (_head.Count >= 4 && _head[^4..].SequenceEqual(s_headEnd))
                    {
                        RequireStream(bytes[1..]);
                        (_place, _left) = (Place.ChunkSize, 0);
                    }
                    break;
                case Place.ChunkSize when bytes[0] == '\n':
                    _place = _left == 0 ? Place.End : Place.Chunk;
                    HasEnded = _left == 0;
                    break;
                case Place.ChunkSize when bytes[0] != '\r':
                    _left = (16 * _left) + Convert.ToInt32($"{(char)bytes[0]}", 16);
                    break;
                case Place.Chunk:
                    taken = Math.Min(_left, bytes.Length);
                    Add(bytes[..taken]);
                    _left -= taken;
                    _place = _left == 0 ? Place.ChunkEnd : Place.Chunk;
                    break;
                case Place.ChunkEnd when bytes[0] == '\n':
                    (_place, _left) = (Place.ChunkSize, 0);
                    break;
                default: // line ends
                    break;
            }
            bytes = bytes[taken..];
        }
    }

    private void RequireStream(ReadOnlySpan<byte> rest)
    {
        var head = Encoding.ASCII.GetString([.. _head]);
        if (!head.Contains("200 OK", StringComparison.Ordinal) || !head.Contains("chunked", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The answer is no stream: {head}{Encoding.UTF8.GetString(rest)}");
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _events.Length)
        {
            Array.Resize(ref _events, 2 * (_length + bytes.Length));
        }
        bytes.CopyTo(_events.AsSpan(_length));
        var all = _events.AsSpan(0, _length + bytes.Length);
        while (all.IndexOf("\n\n"u8) is >= 0 and var end)
        {
            Take(all[..end]);
            all = all[(end + 2)..];
        }
        all.CopyTo(_events);
        _length = all.Length;
    }

    private void Take(ReadOnlySpan<byte> data)
    {
        HasFailed |= data.StartsWith("data: {\"error\""u8);
        HasReason |= data.IndexOf("\"finish_reason\":\""u8) >= 0;
        var text = data.IndexOf("\"text\":\""u8);
        var count = text < 0 ? 0 : CharactersOf(data[(text + "\"text\":\"".Length)..]);
        if (count == 0)
        {
            return;
        }
        var now = TimeProvider.System.GetTimestamp();
        if (Characters == 0)
        {
            (FirstAt, FirstCharacters) = (now, count);
        }
        else
        {
            Gaps?.Add(TimeProvider.System.GetElapsedTime(LastAt, now).TotalMilliseconds);
        }
        LastAt = now;
        Characters += count;
    }

    /// <summary>The number of characters of a JSON string, up to its closing quote; all are of one byte here.</summary>
    private static int CharactersOf(ReadOnlySpan<byte> text)
    {
        const int EscapedCode = 6; // of \u0041
        var count = 0;
        for (var i = 0; text[i] != '"'; count++)
        {
            i +=
                text[i] != '\\' ? 1
                : text[i + 1] == 'u' ? EscapedCode
                : 2;
        }
        return count;
    }
}
