using System.Text.RegularExpressions;
using Recurrent.Layers;
using Recurrent.Pictures;
using Recurrent.Tensors;

namespace Recurrent.Book.Tests;

/// <summary>The tables that lead from the frameworks' names to ours name what there is.</summary>
public sealed partial class FrameworksPageTests
{
    private static readonly Type[] s_types =
    [
        .. typeof(Tensor).Assembly.GetExportedTypes(),
        .. typeof(LineChart).Assembly.GetExportedTypes(),
    ];

    [Theory]
    [InlineData("frameworks", "the book", 1)]
    [InlineData("frameworks", "", -1)]
    [InlineData("devices", "the book", 1)]
    public void Each_of_our_names_is_in_the_library(string page, string firstHeading, int column)
    {
        var names = Table($"{page}.md", firstHeading).SelectMany(row => NamesIn(Cell(row, column))).ToArray();
        Assert.True(names.Length >= 9);
        Assert.All(names, name => Assert.True(Exists(name), name));
    }

    [Theory]
    [InlineData("frameworks", "the book", "书中")]
    [InlineData("frameworks", "", "")]
    [InlineData("devices", "the book", "书中")]
    public void Both_languages_have_the_same_names(string page, string english, string chinese) =>
        Assert.Equal(
            Table($"{page}.md", english).Select(row => string.Join(' ', NamesIn(row))),
            Table($"{page}.zh-CN.md", chinese).Select(row => string.Join(' ', NamesIn(row)))
        );

    [Fact]
    public void Is_named_in_the_index()
    {
        Assert.Contains("(frameworks.md)", Book.Read("docs/book/README.md"));
        Assert.Contains("(frameworks.zh-CN.md)", Book.Read("docs/book/README.zh-CN.md"));
    }

    /// <summary>A cell in quotes, a type, or a type's member with or without arguments.</summary>
    private static bool Exists(string name)
    {
        if (name[0] == '"')
        {
            return RecurrentLayers.CellNames.Contains(name.Trim('"'));
        }
        var parts = name.Split('(')[0].Split('.');
        return s_types.Any(type => type.Name == parts[0] && (parts.Length == 1 || type.GetMember(parts[1]).Length > 0));
    }

    /// <summary>The rows of the table whose first heading is this.</summary>
    private static string[] Table(string page, string firstHeading)
    {
        var lines = Book.Read($"docs/book/{page}").Split('\n');
        var heading = Array.FindIndex(
            lines,
            line => line.StartsWith('|') && line.Count(c => c == '|') > 2 && Cell(line, 0) == firstHeading
        );
        Assert.True(heading >= 0, $"{page} has no table that begins with \"{firstHeading}\"");
        return [.. lines.Skip(heading + 2).TakeWhile(line => line.StartsWith('|'))];
    }

    /// <summary>A column of a row; −1 is the last.</summary>
    private static string Cell(string row, int column)
    {
        var cells = row.Trim('|', ' ').Length == 0 ? [] : row[1..^1].Split('|');
        return cells[column < 0 ? cells.Length + column : column].Trim();
    }

    private static IEnumerable<string> NamesIn(string text) =>
        Code().Matches(text).Select(code => code.Groups["code"].Value);

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
