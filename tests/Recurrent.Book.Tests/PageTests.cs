namespace Recurrent.Book.Tests;

/// <summary>
/// The pages of docs/book show what the chapters say and what they printed when they last ran in full, which takes too
/// long for a test: `dotnet run book/make-pages.cs` records that.
/// </summary>
public sealed class PageTests
{
    private static readonly string[] s_languages = ["md", "zh-CN.md"];

    public static TheoryData<string> Chapters => [.. Book.Chapters];

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Shows_the_chapters_code_and_output(string chapter)
    {
        var source = Book.Read($"book/{chapter}.cs");
        var output = Book.Read($"docs/book/output/{chapter}.txt");
        foreach (var language in s_languages)
        {
            var page = Book.Read($"docs/book/{chapter}.{language}");
            Assert.Equal(Page.Fill(page, source, output), page);
            Assert.Contains($"dotnet run book/{chapter}.cs", page);
        }
    }

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Shows_the_same_blocks_and_pictures_in_both_languages(string chapter)
    {
        var blocks = s_languages.Select(language => Marks(Book.Read($"docs/book/{chapter}.{language}")));
        Assert.Single(blocks.Select(marks => string.Join('\n', marks)).Distinct());
    }

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Shows_every_picture(string chapter)
    {
        var page = Book.Read($"docs/book/{chapter}.md");
        foreach (var picture in Book.PicturesNamedIn(Book.Read($"docs/book/output/{chapter}.txt")))
        {
            Assert.Contains($"](pictures/{picture})", page);
            Assert.True(File.Exists(Book.PathOf($"docs/book/pictures/{picture}")), picture);
        }
    }

    [Fact]
    public void Keeps_no_picture_that_no_chapter_draws()
    {
        var drawn = Book.Chapters.SelectMany(chapter =>
            Book.PicturesNamedIn(Book.Read($"docs/book/output/{chapter}.txt"))
        );
        var kept = Directory.EnumerateFiles(Book.PathOf("docs/book/pictures")).Select(Path.GetFileName);
        Assert.Equal(drawn.Order(StringComparer.Ordinal), kept.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Was_recorded_on_The_Time_Machine(string chapter)
    {
        var texts = Book.Read($"docs/book/output/{chapter}.txt")
            .Split('\n')
            .Where(line => line.StartsWith("text: ", StringComparison.Ordinal));
        Assert.All(texts, line => Assert.StartsWith("text: The Time Machine", line));
    }

    [Theory]
    [MemberData(nameof(Chapters))]
    public void Is_named_in_the_index(string chapter)
    {
        Assert.Contains($"({chapter}.md)", Book.Read("docs/book/README.md"));
        Assert.Contains($"({chapter}.zh-CN.md)", Book.Read("docs/book/README.zh-CN.md"));
    }

    private static IEnumerable<string> Marks(string page) =>
        page.Split('\n')
            .Where(line =>
                line.StartsWith("<!-- ", StringComparison.Ordinal) || line.StartsWith("![", StringComparison.Ordinal)
            )
            .Select(line => line[(line.IndexOf("](", StringComparison.Ordinal) + 1)..]);
}
