using System.Net;
using System.Net.Sockets;
using Recurrent.Datasets;

namespace Recurrent.Tests.Datasets;

/// <summary>Downloads from a real web server, good, bad and absent.</summary>
public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i >> 8))];
    private static readonly string s_hash = ChecksummedFile.Hash(s_content);
    private static readonly byte[] s_wrong = [.. s_content.Reverse()];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private string CacheFolder => _folder["made/when/needed"];

    private string Kept => Path.Combine(CacheFolder, "text.txt");

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_good_download_is_kept_and_not_repeated()
    {
        await using var server = LocalServer.Start(LocalServer.Whole(s_content));

        Assert.Equal(s_content, await ReadAsync(server.Url));
        Assert.Equal(s_content, await ReadAsync(server.Url));

        Assert.Equal(s_content, File.ReadAllBytes(Kept));
        Assert.Equal(["text.txt"], TemporaryFolder.NamesIn(CacheFolder));
        Assert.Equal(1, server.Requests);
        Assert.Empty(_time.Pauses);
    }

    [Fact]
    public async Task A_right_file_that_someone_else_put_there_is_used_without_the_network()
    {
        await using var server = LocalServer.Start(LocalServer.Whole(s_wrong));
        Keep(s_content);

        Assert.Equal(s_content, await ReadAsync(server.Url));

        Assert.Equal(0, server.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(200_001)]
    [InlineData(DownloadedFile.MaxLength + 1)]
    public async Task A_wrong_kept_file_is_downloaded_again(int length)
    {
        await using var server = LocalServer.Start(LocalServer.Whole(s_content));
        Keep([.. s_content.Concat(new byte[DownloadedFile.MaxLength]).Take(length)]);

        Assert.Equal(s_content, await ReadAsync(server.Url));

        Assert.Equal(s_content, File.ReadAllBytes(Kept));
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_cut_connection_is_tried_again()
    {
        await using var server = LocalServer.Start(LocalServer.Cut(s_content), LocalServer.Whole(s_content));

        Assert.Equal(s_content, await ReadAsync(server.Url));

        Assert.Equal(s_content, File.ReadAllBytes(Kept));
        Assert.Equal(2, server.Requests);
        Assert.Equal([TimeSpan.FromSeconds(1)], _time.Pauses);
    }

    [Fact]
    public async Task A_server_error_and_a_wrong_file_are_tried_again_after_growing_pauses()
    {
        await using var server = LocalServer.Start(
            LocalServer.Empty("500 Internal Server Error"),
            LocalServer.Whole(s_wrong),
            LocalServer.Whole(s_content)
        );

        Assert.Equal(s_content, await ReadAsync(server.Url));

        Assert.Equal(3, server.Requests);
        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4)], _time.Pauses);
    }

    [Fact]
    public async Task Connections_that_are_always_cut_leave_no_file()
    {
        await using var server = LocalServer.Start([.. Enumerable.Repeat(LocalServer.Cut(s_content), 4)]);

        await AssertFailsAsync(server.Url, "the connection was cut before the whole file arrived");

        Assert.Equal(3, server.Requests);
        Assert.Empty(TemporaryFolder.NamesIn(CacheFolder));
    }

    [Fact]
    public async Task Connections_that_end_without_an_answer_are_cut_connections_too()
    {
        // More than three, because .NET asks again by itself when there was no answer at all.
        await using var server = LocalServer.Start([.. Enumerable.Repeat<LocalServer.Answer>(HangUp, 30)]);

        await AssertFailsAsync(server.Url, "the connection was cut before the whole file arrived");

        Assert.Equal(2, _time.Pauses.Count());

        static Task HangUp(Stream connection, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [Fact]
    public async Task A_file_that_is_always_wrong_is_named_by_its_checksum_and_not_kept()
    {
        await using var server = LocalServer.Start([.. Enumerable.Repeat(LocalServer.Whole(s_wrong), 4)]);

        await AssertFailsAsync(
            server.Url,
            $"the 200,000 bytes received have the SHA-256 {ChecksummedFile.Hash(s_wrong)}, which is not the expected one"
        );

        Assert.Equal(3, server.Requests);
        Assert.Empty(TemporaryFolder.NamesIn(CacheFolder));
    }

    [Fact]
    public async Task A_missing_file_is_not_tried_again()
    {
        await using var server = LocalServer.Start(LocalServer.Empty("404 Not Found"), LocalServer.Whole(s_content));

        await AssertFailsAsync(server.Url, "the server answered 404 Not Found");

        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_silent_server_is_given_up_after_a_minute_each_time()
    {
        var expired = new List<TimeSpan>();
        var silence = LocalServer.Silence(() => expired.AddRange(_time.Expire()));
        await using var server = LocalServer.Start(silence, silence, silence);

        await AssertFailsAsync(server.Url, "the server took longer than 60 seconds");

        Assert.Equal(Enumerable.Repeat(TimeSpan.FromMinutes(1), 3), expired);
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task An_endless_file_is_not_read_to_its_end()
    {
        await using var server = LocalServer.Start(LocalServer.Endless, LocalServer.Whole(s_content));

        await AssertFailsAsync(server.Url, "the server sent more than 10,485,760 bytes");

        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task Without_a_network_it_says_which_file_to_put_where()
    {
        await AssertFailsAsync(NobodyListens(), "refused");

        Assert.Equal(2, _time.Pauses.Count());
    }

    [Fact]
    public async Task Without_a_network_a_wrong_kept_file_is_pointed_out_and_left_alone()
    {
        Keep(s_wrong);

        await AssertFailsAsync(NobodyListens(), $"at {Kept} in place of the wrong file that is there now.");

        Assert.Equal(s_wrong, File.ReadAllBytes(Kept));
    }

    [Fact]
    public async Task Cancelling_stops_the_download_and_the_attempts()
    {
        using var cancellation = new CancellationTokenSource();
        await using var server = LocalServer.Start(
            LocalServer.Silence(cancellation.Cancel),
            LocalServer.Whole(s_content)
        );

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Dataset(server.Url).ReadAsync(CacheFolder, cancellation.Token)
        );

        Assert.Equal(1, server.Requests);
        Assert.Empty(TemporaryFolder.NamesIn(CacheFolder));
    }

    [Fact]
    public async Task A_cache_folder_that_cannot_be_made_is_named_before_anything_is_downloaded()
    {
        await using var server = LocalServer.Start(LocalServer.Whole(s_content));
        File.WriteAllText(_folder["made"], "a file where a folder should be");

        var error = await Assert.ThrowsAsync<DatasetException>(() => ReadAsync(server.Url));

        Assert.Contains(_folder["made"], error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            " (the text of test should be kept there; choose another cache folder).",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(0, server.Requests);
    }

    [Fact]
    public async Task A_folder_in_place_of_the_file_is_named_before_anything_is_downloaded()
    {
        await using var server = LocalServer.Start(LocalServer.Whole(s_content));
        Directory.CreateDirectory(Kept);

        var error = await Assert.ThrowsAsync<DatasetException>(() => ReadAsync(server.Url));

        Assert.StartsWith($"Cannot write {Kept}: it is a folder", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Requests);
    }

    private static Uri NobodyListens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}/text.txt");
    }

    private DownloadedDataset Dataset(Uri url) =>
        new(
            "test",
            "A text from this machine",
            ["a ", "the "],
            new ChecksummedFile(url, "text.txt", s_hash),
            new Downloader(_client, _time)
        );

    private Task<byte[]> ReadAsync(Uri url) =>
        Dataset(url).ReadAsync(CacheFolder, TestContext.Current.CancellationToken);

    private void Keep(byte[] content)
    {
        Directory.CreateDirectory(CacheFolder);
        File.WriteAllBytes(Kept, content);
    }

    /// <summary>The one sentence names the address, the cause, and which file to put where.</summary>
    private async Task AssertFailsAsync(Uri url, string cause)
    {
        var error = await Assert.ThrowsAsync<DatasetException>(() => ReadAsync(url));

        Assert.StartsWith($"Cannot download {url}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"put a copy of that file, with the SHA-256 {s_hash}, at {Kept}",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(". ", error.Message, StringComparison.Ordinal);
    }
}
