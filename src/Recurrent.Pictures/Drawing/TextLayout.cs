using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>
/// The room that a text takes, and where it breaks. The fonts are the reader's, so widths are estimates on the wide
/// side.
/// </summary>
internal static class TextLayout
{
    private const double Narrow = 0.34; // of the font's size, as all that follow
    private const double Usual = 0.64;
    private const double Capital = 0.72;
    private const double Broad = 0.95;
    private const double Ideograph = 1.0;
    private const double Fixed = 0.61;

    /// <summary>Width in pixels in a font whose letters differ in width.</summary>
    public static double Width(string text, double size = StyleSheet.TextSize)
    {
        var width = 0.0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += rune.Value switch
            {
                _ when IsWide(rune.Value) => Ideograph,
                'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' => Narrow,
                'm' or 'w' or 'M' or 'W' or '@' or '%' or '\u2212' => Broad,
                >= 'A' and <= 'Z' => Capital,
                _ => Usual,
            };
        }
        return width * size;
    }

    /// <summary>Width in pixels in a font whose letters are equally wide.</summary>
    public static double CodeWidth(string text) =>
        text.EnumerateRunes().Sum(rune => IsWide(rune.Value) ? Ideograph : Fixed) * StyleSheet.TextSize;

    /// <summary>The text in lines, broken at blanks; a single word that is too wide stays whole.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Font size, in pixels.</param>
    /// <param name="width">Room for each line, in pixels.</param>
    public static IReadOnlyList<string> Wrap(string text, double size, double width)
    {
        List<string> lines = [];
        var line = "";
        foreach (var word in VisibleText.OneLine(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length > 0 ? $"{line} {word}" : word;
            if (line.Length > 0 && Width(longer, size) > width)
            {
                lines.Add(line);
                longer = word;
            }
            line = longer;
        }
        return line.Length > 0 ? [.. lines, line] : lines;
    }

    /// <summary>The text on one line, cut short with … where it is too wide.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Room for the line, in pixels.</param>
    public static string Cut(string text, double width)
    {
        var line = VisibleText.OneLine(text);
        if (Width(line) <= width)
        {
            return line;
        }
        var kept = new StringBuilder();
        foreach (var rune in line.EnumerateRunes())
        {
            if (Width($"{kept}{rune}…") > width)
            {
                break;
            }
            kept.Append(rune);
        }
        return kept.Append('…').ToString();
    }

    // Punctuation, arrows and mathematical signs lie between Hangul's letters and the ideographs.
    private static bool IsWide(int rune) => rune is (>= 0x1100 and < 0x1200) or >= 0x2E80;
}
