using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Recurrent.Tests.Datasets;

/// <summary>
/// A real web server on this machine that gives one scripted answer per connection, then no more.
/// </summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    // Far beyond what a busy machine takes.
    private readonly CancellationTokenSource _end = new(TimeSpan.FromMinutes(5));
    private readonly Task _serving;
    private int _requests;

    private LocalServer(Answer[] answers)
    {
        _listener.Start();
        Url = new Uri($"http://{_listener.LocalEndpoint}/text.txt");
        _serving = ServeAsync(answers);
    }

    /// <summary>Writes what follows a request.</summary>
    public delegate Task Answer(Stream connection, CancellationToken cancellationToken);

    /// <summary>The address of its one file.</summary>
    public Uri Url { get; }

    /// <summary>How many whole requests have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static LocalServer Start(params Answer[] answers) => new(answers);

    /// <summary>The whole file.</summary>
    public static Answer Whole(byte[] content) => Status("200 OK", content.Length, content);

    /// <summary>
    /// The length of the whole file, but only its first half, and then the connection is closed.
    /// </summary>
    public static Answer Cut(byte[] content) => Status("200 OK", content.Length, content[..(content.Length / 2)]);

    /// <summary>An answer without content.</summary>
    public static Answer Empty(string status) => Status(status, 0, []);

    /// <summary>Takes the request, does something, and leaves the client waiting.</summary>
    public static Answer Silence(Action then) =>
        async (connection, cancellationToken) =>
        {
            then();
            await connection.CopyToAsync(Stream.Null, cancellationToken);
        };

    /// <summary>Zeros without an announced length, until the client has had enough, or 64 MiB.</summary>
    public static async Task Endless(Stream connection, CancellationToken cancellationToken)
    {
        await connection.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"u8.ToArray(), cancellationToken);
        for (var block = 0; block < 64; block++)
        {
            await connection.WriteAsync(new byte[1 << 20], cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _serving;
        _listener.Dispose();
        _end.Dispose();
    }

    private static Answer Status(string status, int length, byte[] content) =>
        async (connection, cancellationToken) =>
        {
            var head = $"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n";
            await connection.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
            await connection.WriteAsync(content, cancellationToken);
        };

    private async Task ServeAsync(Answer[] answers)
    {
        try
        {
            foreach (var answer in answers)
            {
                using var client = await _listener.AcceptTcpClientAsync(_end.Token);
                await AnswerAsync(client.GetStream(), answer);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over, with answers left that nobody asked for.
        }
        finally
        {
            _listener.Stop();
        }
    }

    private async Task AnswerAsync(NetworkStream connection, Answer answer)
    {
        try
        {
            var request = new StringBuilder();
            var buffer = new byte[4096];
            while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                var count = await connection.ReadAsync(buffer, _end.Token);
                if (count == 0)
                {
                    return;
                }

                request.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }

            Assert.StartsWith("GET /text.txt HTTP/1.1\r\n", request.ToString(), StringComparison.Ordinal);
            Interlocked.Increment(ref _requests);
            await answer(connection, _end.Token);
        }
        catch (IOException)
        {
            // The client went away first, as clients may.
        }
    }
}
