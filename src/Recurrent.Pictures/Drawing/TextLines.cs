using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>Breaks a text into lines that fit a width.</summary>
internal static class TextLines
{
    /// <summary>The lines, broken at blanks; a single word that is too wide stays whole.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Font size, in pixels.</param>
    /// <param name="width">Room for each line, in pixels.</param>
    public static IReadOnlyList<string> Of(string text, double size, double width)
    {
        List<string> lines = [];
        var line = "";
        foreach (var word in SafeText.Of(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length > 0 ? $"{line} {word}" : word;
            if (line.Length > 0 && TextWidth.Of(longer, size) > width)
            {
                lines.Add(line);
                line = word;
            }
            else
            {
                line = longer;
            }
        }
        if (line.Length > 0)
        {
            lines.Add(line);
        }
        return lines;
    }

    /// <summary>The text on one line, cut short with … where it is too wide.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Font size, in pixels.</param>
    /// <param name="width">Room for the line, in pixels.</param>
    public static string Cut(string text, double size, double width)
    {
        var line = SafeText.Of(text);
        if (TextWidth.Of(line, size) <= width)
        {
            return line;
        }
        var kept = new StringBuilder();
        foreach (var rune in line.EnumerateRunes())
        {
            if (TextWidth.Of($"{kept}{rune}…", size) > width)
            {
                break;
            }
            kept.Append(rune);
        }
        return kept.Append('…').ToString();
    }
}
