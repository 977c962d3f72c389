using System.Xml.Linq;
using Recurrent.Pictures;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Reports;

/// <summary>A <see cref="Report"/> as a whole page.</summary>
internal static class ReportPage
{
    /// <summary>The page from its root element on.</summary>
    public static string Of(Report report) =>
        Markup.ToText(
            Element(
                "html",
                new XAttribute("lang", "en"),
                Lines("head", Head(report)),
                "\n",
                Lines("body", Body(report))
            ),
            isIndented: false // blanks in what a model wrote are shown
        );

    /// <summary>The curves: the first large, the others small beside it if the page is wide enough.</summary>
    public static XElement Charts(IReadOnlyList<LineChart> charts) =>
        Element(
            "div",
            Class("charts"),
            charts.Select((chart, i) => i == 0 ? chart.Draw(600, 460) : chart.Draw(480, 220))
        );

    /// <summary>Texts that a model wrote.</summary>
    public static XElement Samples(IReadOnlyList<Sample> samples) => Element("table", samples.Select(Row));

    /// <summary>Values with their names.</summary>
    public static XElement Facts(string style, IReadOnlyList<Fact> facts) =>
        Element(
            "dl",
            Class(style),
            facts.Select(fact =>
                Element(
                    "div",
                    Element("dt", VisibleText.OneLine(fact.Name)),
                    Element("dd", VisibleText.OneLine(fact.Value))
                )
            )
        );

    /// <summary>An element with an end tag even where it is empty, as HTML wants it of all but a few.</summary>
    public static XElement Element(string name, params object[] content) => new(name, content, "");

    private static IEnumerable<XElement> Head(Report report) =>
        [
            new("meta", new XAttribute("charset", "utf-8")),
            Meta("name", "viewport", "width=device-width, initial-scale=1"),
            Meta("name", "color-scheme", "light dark"),
            Meta("http-equiv", "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            Element("title", VisibleText.OneLine(report.Title)),
            Element("style", ReportStyle.Text),
        ];

    private static IEnumerable<XElement> Body(Report report)
    {
        yield return Element("h1", VisibleText.OneLine(report.Title));
        yield return Element("p", VisibleText.OneLine(report.Subtitle));
        yield return Facts("facts", report.Facts);
        yield return Charts(report.Charts);
        if (report.Samples.Count > 0)
        {
            yield return Element("h2", "Samples over time");
            yield return Samples(report.Samples);
        }
        if (report.Memorised is { } memorised)
        {
            yield return Element("h2", "Memorisation");
            yield return Element("p", VisibleText.OneLine(memorised.Summary));
            yield return Element(
                "blockquote",
                Direction(),
                VisibleText.Lines(memorised.Before),
                Element("mark", VisibleText.Lines(memorised.Run)),
                VisibleText.Lines(memorised.After)
            );
        }
        yield return Element("h2", "Settings");
        yield return Facts("settings", report.Settings);
    }

    private static XElement Row(Sample sample) =>
        Element(
            "tr",
            Element("th", new XAttribute("scope", "row"), VisibleText.OneLine(sample.When)),
            Element("td", Direction(), Element("b", VisibleText.Lines(sample.Prompt)), VisibleText.Lines(sample.Text))
        );

    private static XElement Meta(string kind, string name, string content) =>
        new("meta", new XAttribute(kind, name), new XAttribute("content", content));

    private static XAttribute Class(string style) => new("class", style);

    /// <summary>Text from left to right or from right to left, by its first letter.</summary>
    private static XAttribute Direction() => new("dir", "auto");

    /// <summary>An element with each of its children on a line of its own.</summary>
    private static XElement Lines(string name, IEnumerable<XElement> children) =>
        Element(name, "\n", children.Select(child => new object[] { child, "\n" }));
}
