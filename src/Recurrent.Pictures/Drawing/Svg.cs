using System.Globalization;
using System.Xml.Linq;

namespace Recurrent.Pictures.Drawing;

/// <summary>The elements that pictures are made of.</summary>
internal static class Svg
{
    /// <summary>Room around every picture, in pixels.</summary>
    public const double Pad = 16;

    private const double TitleLineHeight = 24;
    private static readonly XNamespace s_namespace = "http://www.w3.org/2000/svg";

    /// <summary>The root of every picture: its size, its page and its style.</summary>
    /// <param name="title">What the picture shows, for those who cannot see it.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="content">The drawing, from back to front.</param>
    public static XElement Root(string title, double width, double height, params object[] content) =>
        new(
            s_namespace + "svg",
            new XAttribute("xmlns", s_namespace),
            new XAttribute("class", StyleSheet.Root),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", VisibleText.OneLine(title)),
            new XAttribute("width", Px(width)),
            new XAttribute("height", Px(height)),
            new XAttribute("viewBox", $"0 0 {Px(width)} {Px(height)}"),
            new XElement(s_namespace + "style", StyleSheet.Text),
            new XElement(
                s_namespace + "rect",
                new XAttribute("class", "page"),
                new XAttribute("width", "100%"),
                new XAttribute("height", "100%")
            ),
            content
        );

    /// <summary>A part of the picture, in the picture's coordinates, that clips its content.</summary>
    public static XElement Window(double x, double y, double width, double height, IEnumerable<XElement> content) =>
        new(
            s_namespace + "svg",
            Box(x, y, width, height),
            new XAttribute("viewBox", $"{Px(x)} {Px(y)} {Px(width)} {Px(height)}"),
            content
        );

    /// <summary>Content moved to another place, in pixels.</summary>
    public static XElement Moved(double x, double y, IEnumerable<XElement> content) =>
        new(s_namespace + "g", new XAttribute("transform", $"translate({Px(x)} {Px(y)})"), content);

    /// <summary>A path.</summary>
    /// <param name="style">Classes of <see cref="StyleSheet"/>.</param>
    /// <param name="data">The path's data.</param>
    /// <param name="fill">A colour of its own; null for the style's.</param>
    public static XElement Path(string style, string data, string? fill = null) =>
        new(
            s_namespace + "path",
            new XAttribute("class", style),
            fill is null ? null : new XAttribute("fill", fill),
            new XAttribute("d", data)
        );

    /// <summary>A rectangle.</summary>
    public static XElement Rectangle(string style, double x, double y, double width, double height) =>
        new(s_namespace + "rect", new XAttribute("class", style), Box(x, y, width, height));

    /// <summary>A text.</summary>
    /// <param name="x">Left end, middle or right end, as the style says, in pixels.</param>
    /// <param name="y">Base line, in pixels.</param>
    /// <param name="text">What it says, printable.</param>
    /// <param name="style">Classes of <see cref="StyleSheet"/>; empty for none.</param>
    /// <param name="angle">How far it is turned around its place, in degrees clockwise.</param>
    public static XElement Text(double x, double y, string text, string style, int angle = 0) =>
        new(
            s_namespace + "text",
            new XAttribute("x", Px(x)),
            new XAttribute("y", Px(y)),
            style.Length > 0 ? new XAttribute("class", style) : null,
            angle != 0 ? new XAttribute("transform", $"rotate({angle} {Px(x)} {Px(y)})") : null,
            text
        );

    /// <summary>The lines of a title, as many as it needs, and the upper end of what comes below.</summary>
    /// <param name="title">The title; empty for none.</param>
    /// <param name="width">Width of the picture, in pixels.</param>
    public static (List<XElement> Lines, double Bottom) Heading(string title, double width)
    {
        var lines = TextLayout.Wrap(title, StyleSheet.TitleSize, width - (2 * Pad));
        var top = Pad + StyleSheet.TitleSize - 2;
        return (
            [.. lines.Select((line, i) => Text(Pad, top + (i * TitleLineHeight), line, "title"))],
            lines.Count > 0 ? Pad + (lines.Count * TitleLineHeight) + 4 : Pad
        );
    }

    /// <summary>A length or a place in pixels, to a tenth, the same on every machine.</summary>
    public static string Px(double pixels)
    {
        var rounded = Math.Round(pixels, 1, MidpointRounding.AwayFromZero);
        return (rounded == 0 ? 0 : rounded).ToString("0.#", CultureInfo.InvariantCulture); // no -0
    }

    private static XAttribute[] Box(double x, double y, double width, double height) =>
        [new("x", Px(x)), new("y", Px(y)), new("width", Px(width)), new("height", Px(height))];
}
