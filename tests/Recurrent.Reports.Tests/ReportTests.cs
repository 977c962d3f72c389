using System.Text;
using System.Text.RegularExpressions;
using Recurrent.Pictures;
using Recurrent.Pictures.Tests;

namespace Recurrent.Reports.Tests;

public sealed class ReportTests
{
    [Fact]
    public void Is_the_golden_page() => Golden.Check("report.html", Example.ToHtml());

    [Fact]
    public void Text_never_becomes_markup()
    {
        const string Attack = "</p></td><script>alert('1')</script><img src=x onerror=\"alert(2)\">&amp;";
        var fact = new Fact(Attack, Attack);
        var html = new Report
        {
            Title = Attack,
            Subtitle = Attack,
            Facts = [fact],
            Charts = [new LineChart(Attack, new Axis(Attack), new Axis(Attack), [new Series(Attack, [1], [1])])],
            Samples = [new Sample(Attack, Attack, Attack)],
            Memorised = new MemorisedRun(Attack, Attack, Attack, Attack),
            Settings = [fact],
        }.ToHtml();
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("<img", html);
        Assert.Equal(
            Regex.Count(Example.ToHtml(), "</td>", RegexOptions.None, TimeSpan.FromSeconds(1)) - 1,
            Regex.Count(html, "</td>", RegexOptions.None, TimeSpan.FromSeconds(1))
        );
        Assert.Contains("&lt;script&gt;alert('1')&lt;/script&gt;", html);
    }

    [Fact]
    public void Needs_no_other_file_and_no_network()
    {
        var html = Example.ToHtml();
        Assert.DoesNotContain("src=", html);
        Assert.DoesNotContain("href=", html);
        Assert.DoesNotContain("url(", html);
        Assert.DoesNotContain("@import", html);
        Assert.Equal(
            ["http://www.w3.org/2000/svg"],
            Regex
                .Matches(html, "https?://[^\"]*", RegexOptions.None, TimeSpan.FromSeconds(1))
                .Select(match => match.Value)
                .Distinct()
        );
    }

    [Fact]
    public void Lines_of_a_sample_stay_lines_and_other_control_characters_are_shown()
    {
        var html = new Report
        {
            Title = "",
            Subtitle = "",
            Samples = [new Sample("epoch 1", "a\n", "\tb\0\e[31mc")],
        }.ToHtml();
        Assert.Contains("<b>a\n</b>\tb␀␛[31mc</td>", html);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("<!DOCTYPE html>\n<html>someone's own page</html>", false)]
    [InlineData("<!DOCTYPE html>", false)]
    public void A_page_of_someone_else_is_told_apart(string text, bool expected) =>
        Assert.Equal(expected, IsReport(text));

    [Fact]
    public void A_report_is_known_again() => Assert.True(IsReport(Example.ToHtml()));

    private static bool IsReport(string text)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Report.IsIn(file);
    }

    private static Report Example =>
        new()
        {
            Title = "Training on story",
            Subtitle = "story: 500 characters, 28 vocabulary entries; gru: 16 hidden units, 2,716 weights",
            Facts = [new Fact("epochs", "3 of 3"), new Fact("perplexity", "12.5")],
            Charts =
            [
                new LineChart(
                    "Perplexity",
                    new Axis("epoch"),
                    new Axis("perplexity") { IsLogarithmic = true },
                    [
                        new Series("training", [1, 2, 3], [24, 18, 12.5]),
                        new Series("validation", [1, 2, 3], [22, 19, 15]) { Style = SeriesStyle.Dashed },
                    ]
                ),
                new LineChart(
                    "Speed",
                    new Axis("epoch"),
                    new Axis("tokens/s") { Minimum = 0 },
                    [new Series("", [1, 2, 3], [41_000, 56_000, 54_321])]
                ),
            ],
            Samples =
            [
                new Sample("epoch 1", "the miller ", "the the the"),
                new Sample("epoch 3", "the miller ", "told me what i was hearing"),
            ],
            Memorised = new MemorisedRun("The longest run has 9.", "tid ", "the mill ", "wex"),
            Settings = [new Fact("seed", "1"), new Fact("learning-rate", "1")],
        };
}
