using System.Text;
using Recurrent.Datasets;

namespace Recurrent.Tests.Datasets;

/// <summary>
/// A book in Project Gutenberg's form: downloaded from a real server, kept whole, read without header and footer.
/// </summary>
public sealed class GutenbergTests : IDisposable
{
    private const string Start = "*** START OF THE PROJECT GUTENBERG EBOOK A SMALL BOOK ***";
    private const string End = "*** END OF THE PROJECT GUTENBERG EBOOK A SMALL BOOK ***";
    private const string Story = "  A Small Book\n\nby Nobody\n\nThe miller’s cat *** slept.\n*** She woke.";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Header_and_footer_are_stripped_from_the_download_and_from_the_kept_copy()
    {
        var book = Book(Start, Story, End);
        await using var server = LocalServer.Start(LocalServer.Whole(book));

        Assert.Equal(Story, await ReadAsync(server.Url));
        Assert.Equal(Story, await ReadAsync(server.Url));

        Assert.Equal(book, File.ReadAllBytes(_folder["book.txt"]));
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task An_answer_that_is_not_the_book_is_tried_again()
    {
        await using var server = LocalServer.Start(
            LocalServer.Whole(Encoding.UTF8.GetBytes("<html>Please come back later.</html>")),
            LocalServer.Whole(Book(Start, Story, End))
        );

        Assert.Equal(Story, await ReadAsync(server.Url));

        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task Without_a_network_it_says_which_book_to_put_where()
    {
        var url = new Uri("http://127.0.0.1:9/book.txt"); // the discard port: nobody listens
        var error = await Assert.ThrowsAsync<DatasetException>(() => ReadAsync(url));

        Assert.StartsWith($"Cannot download {url}: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"; try again later, or put a copy of that file, Project Gutenberg's A Small Book, at {_folder["book.txt"]}.",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("*** START OF THIS PROJECT GUTENBERG EBOOK A SMALL BOOK ***")]
    [InlineData("*** START OF THE PROJECT GUTENBERG EBOOK A Small Book ***  ")]
    public void Older_forms_of_the_lines_will_do(string start)
    {
        var file = Small(new Uri("http://127.0.0.1/"));
        var book = Book(start, Story, End.Replace("THE", "THIS", StringComparison.Ordinal));

        Assert.Null(file.Fault(book));
        Assert.Equal(Story, Read(file, book));
    }

    [Theory]
    [InlineData("", Story, End)]
    [InlineData(Start, Story, "")]
    [InlineData(End, Story, Start)]
    [InlineData(Start, "", End)]
    [InlineData("*** START OF THE PROJECT GUTENBERG EBOOK A LARGE BOOK ***", Story, End)]
    [InlineData("It begins: " + Start, Story, End)]
    public void Anything_else_is_no_right_copy(string start, string text, string end)
    {
        var file = Small(new Uri("http://127.0.0.1/"));
        var book = Book(start, text, end);

        Assert.Equal(
            $"the {book.Length} bytes received are not Project Gutenberg's A Small Book, from its START line to its END line",
            file.Fault(book)
        );
        Assert.Throws<ArgumentException>(() => file.Text(book));
    }

    [Fact]
    public async Task The_War_of_the_Worlds_is_found_in_its_kept_copy()
    {
        const string Title = "THE WAR OF THE WORLDS";
        var book = Book(
            Start.Replace("A SMALL BOOK", Title, StringComparison.Ordinal),
            Story,
            End.Replace("A SMALL BOOK", Title, StringComparison.Ordinal)
        );
        File.WriteAllBytes(_folder["pg36.txt"], book);

        var bytes = await Dataset.WarOfTheWorlds.ReadAsync(_folder.Path, TestContext.Current.CancellationToken);

        Assert.Equal(Story, Lines(bytes));
    }

    /// <summary>A book as Project Gutenberg lays it out: a byte order mark, CRLF, notes before and after.</summary>
    private static byte[] Book(string start, string text, string end) =>
        Encoding.UTF8.GetBytes(
            $"""
            {'\uFEFF'}The Project Gutenberg eBook of A Small Book

            This eBook is for the use of anyone anywhere.

            Title: A Small Book
            Author: Nobody

            {start}




            {text}




            {end}

            Updated editions will replace the previous one.

            """.ReplaceLineEndings("\r\n")
        );

    private static GutenbergFile Small(Uri url) => new(url, "book.txt", "A Small Book");

    private static string Read(GutenbergFile file, byte[] copy) => Lines(file.Text(copy));

    private static string Lines(byte[] text) => Encoding.UTF8.GetString(text).ReplaceLineEndings("\n");

    private async Task<string> ReadAsync(Uri url)
    {
        var dataset = new DownloadedDataset(
            "test",
            "A book from this machine",
            ["a ", "the "],
            Small(url),
            new Downloader(_client, new FakeTime())
        );
        return Lines(await dataset.ReadAsync(_folder.Path, TestContext.Current.CancellationToken));
    }
}
