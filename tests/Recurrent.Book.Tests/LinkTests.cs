using System.Text.RegularExpressions;

namespace Recurrent.Book.Tests;

/// <summary>Every link of the pages leads somewhere, as GitHub names the headings.</summary>
public sealed partial class LinkTests
{
    private const string Folder = "docs/book";

    public static TheoryData<string> Pages =>
        [
            .. Directory
                .EnumerateFiles(Book.PathOf(Folder), "*.md")
                .Select(path => Path.GetFileName(path))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Leads_to_files_and_headings_that_are_there(string page)
    {
        var links = Link().Matches(Prose(Book.Read($"{Folder}/{page}"))).Select(link => link.Groups["to"].Value);
        Assert.DoesNotContain(
            links,
            link => !link.StartsWith("http", StringComparison.Ordinal) && !IsThere(page, link)
        );
    }

    [Fact]
    public void The_glossary_explains_the_same_terms_in_both_languages_and_links_each()
    {
        static string[] Rows(string language) =>
            [
                .. Book.Read($"{Folder}/glossary.{language}")
                    .Split('\n')
                    .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains('#')),
            ];
        static IEnumerable<string> Targets(string[] rows) =>
            rows.Select(row => Link().Matches(row).Last().Groups["to"].Value.Split('#')[0].Replace(".zh-CN.md", ".md"));
        var (english, chinese) = (Rows("md"), Rows("zh-CN.md"));
        Assert.True(english.Length > 50);
        Assert.Equal(Targets(english), Targets(chinese));
    }

    [Theory]
    [InlineData("8.3 Language models, dataset", "#83-language-models-dataset")]
    [InlineData("`q ∝ p^α`, twice", "#q--pα-twice")]
    [InlineData("词表（vocabulary）与 [链接](a.md)", "#词表vocabulary与-链接")]
    public void Headings_are_named_as_on_GitHub(string heading, string anchor) =>
        Assert.Equal(anchor, $"#{AnchorOf(heading)}");

    private static bool IsThere(string page, string link)
    {
        var (file, anchor) = (link.Split('#')[0], link.Contains('#') ? link.Split('#')[1] : null);
        var path = $"{Folder}/{(file.Length > 0 ? file : page)}";
        if (anchor is null)
        {
            return Path.Exists(Book.PathOf(path));
        }
        var headings = Heading().Matches(File.Exists(Book.PathOf(path)) ? Prose(Book.Read(path)) : "");
        return headings.Any(heading => AnchorOf(heading.Groups["title"].Value) == anchor);
    }

    /// <summary>Letters, digits, hyphens and underscores, and a hyphen for each space.</summary>
    private static string AnchorOf(string heading) =>
        NotInAnchor().Replace(Link().Replace(heading, "]"), "").Replace(' ', '-').ToLowerInvariant();

    /// <summary>The page without its code blocks.</summary>
    private static string Prose(string page) => CodeBlock().Replace(page, "");

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<title>.+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"[^\p{L}\p{M}\p{N}\p{Pc} -]", RegexOptions.None, 1000)]
    private static partial Regex NotInAnchor();
}
