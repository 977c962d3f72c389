using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Recurrent.Book.Tests;

/// <summary>
/// The pages of docs/book show what the chapters say and what they printed when they last ran in full, which takes too
/// long for a test: `dotnet run book/make-pages.cs` records that.
/// </summary>
public sealed partial class PageTests
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
            var words = language == "md" ? null : Translation.Of(chapter);
            Assert.Equal(Page.Fill(page, source, output, words), page);
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
        var pages = s_languages.Select(language => Book.Read($"docs/book/{chapter}.{language}")).ToArray();
        foreach (var picture in Book.PicturesOf(chapter, Book.Read($"docs/book/output/{chapter}.txt")))
        {
            Assert.Contains($"](pictures/{picture})", pages[picture.Contains(".zh-CN.") ? 1 : 0]);
            Assert.True(File.Exists(Book.PathOf($"docs/book/pictures/{picture}")), picture);
        }
    }

    /// <summary>A line or label of words that no row of the table is for would stay English.</summary>
    [Theory]
    [MemberData(nameof(Chapters))]
    public void Is_Chinese_in_Chinese_but_for_what_the_text_says(string chapter)
    {
        if (Translation.Of(chapter) is not { } words)
        {
            return;
        }
        var output = Book.Read($"docs/book/output/{chapter}.txt");
        var labels = Book.PicturesNamedIn(output)
            .Select(name => XElement.Parse(Book.Read($"docs/book/pictures/{Path.ChangeExtension(name, ".zh-CN.svg")}")))
            .SelectMany(picture => picture.Descendants().Where(part => part.Name.LocalName == "text"))
            .Select(part => part.Value)
            .Where(label => !label.Any(character => character is >= '\u4e00' and <= '\u9fff'));
        var unknown = output.Split('\n').Concat(labels).Where(line => Word().IsMatch(line) && !words.Knows(line));
        Assert.Empty(unknown);
    }

    [GeneratedRegex("[A-Za-z]{3}", RegexOptions.None, 1000)]
    private static partial Regex Word();

    [Fact]
    public void Keeps_no_picture_that_no_chapter_draws()
    {
        var drawn = Book.Chapters.SelectMany(chapter =>
            Book.PicturesOf(chapter, Book.Read($"docs/book/output/{chapter}.txt"))
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
            .Select(line => line[(line.IndexOf("](", StringComparison.Ordinal) + 1)..].Replace(".zh-CN.svg", ".svg"));
}
