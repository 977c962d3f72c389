using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Recurrent.Pictures.Drawing;

/// <summary>A line of text in which <c>_{…}</c> is a subscript, as in <c>h_{t−1}</c>.</summary>
internal static partial class Formula
{
    private const double SubscriptSize = 11;
    private const double Drop = 4; // of a subscript, in pixels

    /// <summary>Width in pixels.</summary>
    public static double Width(string text) =>
        Parts(text).Sum(part => TextLayout.Width(part.Text, part.IsSubscript ? SubscriptSize : StyleSheet.TextSize));

    /// <summary>The text as it is read out: h_t−1.</summary>
    public static string Plain(string text) =>
        string.Concat(Parts(text).Select(part => part.IsSubscript ? $"_{part.Text}" : part.Text));

    /// <summary>The element; see <see cref="Svg.Text"/>.</summary>
    public static XElement Text(double x, double y, string text, string style)
    {
        var element = Svg.Text(x, y, "", style);
        var isLow = false;
        foreach (var (part, isSubscript) in Parts(text))
        {
            element.Add(
                isSubscript || isLow
                    ? new XElement(
                        element.Name.Namespace + "tspan",
                        new XAttribute(
                            "dy",
                            Svg.Px(
                                isSubscript == isLow ? 0
                                : isSubscript ? Drop
                                : -Drop
                            )
                        ),
                        isSubscript
                            ? new XAttribute("font-size", SubscriptSize.ToString(CultureInfo.InvariantCulture))
                            : null,
                        part
                    )
                    : part
            );
            isLow = isSubscript;
        }
        return element;
    }

    private static IEnumerable<(string Text, bool IsSubscript)> Parts(string text)
    {
        var line = VisibleText.OneLine(text);
        var at = 0;
        foreach (Match match in Subscript().Matches(line))
        {
            if (match.Index > at)
            {
                yield return (line[at..match.Index], false);
            }
            yield return (match.Value[2..^1], true);
            at = match.Index + match.Length;
        }
        if (at < line.Length)
        {
            yield return (line[at..], false);
        }
    }

    [GeneratedRegex("_\\{[^{}]+\\}", RegexOptions.None, 1000)]
    private static partial Regex Subscript();
}
