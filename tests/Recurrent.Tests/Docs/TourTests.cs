using System.Text.RegularExpressions;

namespace Recurrent.Tests.Docs;

/// <summary>The files that docs/tour.md visits.</summary>
public sealed partial class TourTests
{
    private static readonly string s_tour = File.ReadAllText(Repository.PathOf("docs/tour.md"));

    [Fact]
    public void Every_file_that_the_tour_names_is_there()
    {
        var missing = Links().Where(link => !File.Exists(Repository.PathOf(link.Path)));
        Assert.Empty(missing);
        Assert.DoesNotContain(Links(), link => link.Name != Path.GetFileName(link.Path));
    }

    [Fact]
    public void Every_file_that_the_tour_names_is_a_link() => Assert.Equal(SourceFile().Count(s_tour), Links().Count);

    [Fact]
    public void The_tour_visits_nobody_twice()
    {
        Assert.InRange(Links().Count, 50, 300);
        var again = Links().GroupBy(link => link.Path).Where(visits => visits.Count() > 1);
        Assert.Empty(again.Select(visits => visits.Key));
    }

    private static List<(string Name, string Path)> Links() =>
        [.. Link().Matches(s_tour).Select(match => (match.Groups["name"].Value, match.Groups["path"].Value))];

    [GeneratedRegex(@"\[`(?<name>[\w.]+\.cs)`\]\(\.\./(?<path>src/[\w./]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"`[\w./]+\.cs`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SourceFile();
}
