using System.Net;

namespace Recurrent.Datasets;

/// <summary>Downloads a published file completely and checks it: three attempts, one minute for each.</summary>
/// <param name="client">The client that makes the requests; its own timeout should be off.</param>
/// <param name="time">The clock for timeouts and for the pauses between attempts.</param>
internal sealed class Downloader(HttpClient client, TimeProvider time)
{
    /// <summary>The time limit of one attempt, from the connection to the last byte.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>The pauses before the second attempt and before the third.</summary>
    public static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)];

    /// <summary>Downloads the file and returns the bytes of a right copy.</summary>
    /// <exception cref="DownloadException">All attempts failed, or a new one would fail too.</exception>
    /// <exception cref="OperationCanceledException">
    /// <paramref name="cancellationToken"/> was cancelled.
    /// </exception>
    public async Task<byte[]> DownloadAsync(DownloadedFile file, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await AttemptAsync(file, cancellationToken);
            }
            catch (DownloadException e) when (e.MayPass && attempt < Pauses.Length)
            {
                await Task.Delay(Pauses[attempt], time, cancellationToken);
            }
        }
    }

    private async Task<byte[]> AttemptAsync(DownloadedFile file, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var bytes = await FetchAsync(file.Url, either.Token);
            return file.Fault(bytes) is { } fault ? throw new DownloadException(fault, mayPass: true) : bytes;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DownloadException(
                $"the server took longer than {Timeout.TotalSeconds} seconds",
                mayPass: true,
                e
            );
        }
        catch (Exception e) when (e is HttpRequestException || (e is IOException and not DownloadException))
        {
            throw new DownloadException(Describe(e.GetBaseException()), mayPass: true, e);
        }
    }

    /// <summary>Describes the innermost error as a part of a sentence: the outer messages only point to it.</summary>
    private static string Describe(Exception error) =>
        error is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
            ? "the connection was cut before the whole file arrived"
            : error.Message.TrimEnd('.');

    private async Task<byte[]> FetchAsync(Uri url, CancellationToken cancellationToken)
    {
        using var response = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new DownloadException(
                $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd(),
                mayPass: response.StatusCode >= HttpStatusCode.InternalServerError
            );
        }

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await ReadBoundedAsync(body, cancellationToken);
    }

    /// <summary>
    /// Reads to the end, but never more than one byte beyond the limit, whatever length was announced.
    /// </summary>
    private static async Task<byte[]> ReadBoundedAsync(Stream body, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var room = Math.Min(buffer.Length, DownloadedFile.MaxLength + 1 - (int)bytes.Length);
            var count = await body.ReadAsync(buffer.AsMemory(0, room), cancellationToken);
            if (count == 0)
            {
                return bytes.ToArray();
            }

            bytes.Write(buffer, 0, count);
            if (bytes.Length > DownloadedFile.MaxLength)
            {
                throw new DownloadException(
                    $"the server sent more than {DownloadedFile.MaxLength:#,0} bytes",
                    mayPass: false
                );
            }
        }
    }
}
