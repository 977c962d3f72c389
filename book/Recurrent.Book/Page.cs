using System.Text.RegularExpressions;

namespace Recurrent.Book;

/// <summary>
/// A page of docs/book, whose marked blocks are copies: <c>&lt;!-- code: NAME --&gt;</c> of a region of the chapter's
/// source, <c>&lt;!-- output: NAME --&gt;</c> of a section of its recorded output, each up to
/// <c>&lt;!-- end --&gt;</c>.
/// </summary>
public static partial class Page
{
    /// <summary>The page with its marked blocks copied again.</summary>
    /// <param name="page">The page as it is.</param>
    /// <param name="source">The chapter's source.</param>
    /// <param name="output">All that the chapter printed.</param>
    /// <param name="translation">Puts the output into the page's language; null to leave it as it is.</param>
    /// <exception cref="InvalidDataException">There is no such region or section.</exception>
    public static string Fill(string page, string source, string output, Translation? translation = null) =>
        Block()
            .Replace(
                page,
                block =>
                {
                    var (kind, name) = (block.Groups["kind"].Value, block.Groups["name"].Value);
                    var (language, content) =
                        kind == "code" ? ("csharp", Region(source, name)) : ("text", SectionOf(output, name));
                    content = kind == "output" && translation is not null ? translation.Lines(content) : content;
                    return $"<!-- {kind}: {name} -->\n```{language}\n{content}\n```\n<!-- end -->";
                }
            );

    /// <summary>The lines of a region, moved to the margin.</summary>
    private static string Region(string source, string name)
    {
        var lines = source.Split('\n');
        var start = Array.FindIndex(lines, line => line.Trim() == $"#region {name}");
        var end = start < 0 ? -1 : Array.FindIndex(lines, start, line => line.Trim() == "#endregion");
        if (end < 0)
        {
            throw new InvalidDataException($"The source has no #region {name}; check the page's marker.");
        }
        var region = lines[(start + 1)..end];
        var margin = region.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', region.Select(line => line.Length > 0 ? line[margin..] : line));
    }

    /// <summary>What was printed under a heading, but the names of pictures, which the page shows.</summary>
    private static string SectionOf(string output, string name)
    {
        var start = output.IndexOf($"\n== {name}\n", StringComparison.Ordinal);
        if (start < 0)
        {
            throw new InvalidDataException($"The output has no section \"{name}\"; check the page's marker.");
        }
        var lines = output[(start + 1)..].Split('\n').Skip(1);
        var section = lines
            .TakeWhile(line => !line.StartsWith("== ", StringComparison.Ordinal))
            .Where(line => !line.StartsWith("picture: ", StringComparison.Ordinal));
        return string.Join('\n', section).Trim('\n');
    }

    [GeneratedRegex(
        "<!-- (?<kind>code|output): (?<name>.+?) -->\n.*?<!-- end -->",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Block();
}
