using Recurrent.Files;

namespace Recurrent.Datasets;

/// <summary>A text that is downloaded on first use and kept in a cache folder.</summary>
/// <remarks>
/// A copy is kept as it came. A copy in the folder is used, without the network, exactly when it is right, whoever put
/// it there.
/// </remarks>
internal sealed class DownloadedDataset(
    string name,
    string description,
    IReadOnlyList<string> prompts,
    DownloadedFile file,
    Downloader? downloader = null
) : Dataset(name, description, prompts)
{
    public override async Task<byte[]> ReadAsync(
        string? cacheFolder = null,
        CancellationToken cancellationToken = default
    )
    {
        var path = Path.GetFullPath(Path.Combine(cacheFolder ?? CacheFolder.Locate(), file.FileName));
        if (await ReadKeptAsync(path, cancellationToken) is { } kept)
        {
            return file.Text(kept);
        }

        Keep(path, () => AtomicFile.CheckWritable(path));
        var bytes = await DownloadAsync(path, cancellationToken);
        Keep(path, () => AtomicFile.Write(path, stream => stream.Write(bytes)));
        return file.Text(bytes);
    }

    /// <summary>Reads the copy in the cache folder; returns null if there is none or it is not right.</summary>
    private async Task<byte[]?> ReadKeptAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists || info.Length > DownloadedFile.MaxLength)
            {
                return null;
            }

            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            return file.Fault(bytes) is null ? bytes : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An unreadable copy is treated as missing; whether it can be replaced is checked next.
            return null;
        }
    }

    private async Task<byte[]> DownloadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if (downloader is not null)
            {
                return await downloader.DownloadAsync(file, cancellationToken);
            }

            using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.UserAgent.ParseAdd("Recurrent"); // some sites refuse clients without a name
            return await new Downloader(client, TimeProvider.System).DownloadAsync(file, cancellationToken);
        }
        catch (DownloadException e)
        {
            var wrong = File.Exists(path) ? " in place of the wrong file that is there now" : "";
            throw new DatasetException(
                $"Cannot download {file.Url}: {e.Message}; try again later, or put {file.RightCopy} at {path}{wrong}.",
                e
            );
        }
    }

    private void Keep(string path, Action write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(
                $"{e.Message.TrimEnd('.')} (the text of {Name} should be kept there; choose another cache folder).",
                e
            );
        }
    }
}
