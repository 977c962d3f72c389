using System.Text;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// Text of any origin made safe to print: characters that a terminal would obey are shown as escape sequences.
/// </summary>
internal static class PrintableText
{
    private const string Dots = "...";

    /// <summary>
    /// Puts the text on one line, with <c>\n</c>, <c>\t</c> and <c>\u001B</c> for characters that are not printable.
    /// </summary>
    public static string OneLine(string text) => Escape(text, keepsLines: false);

    /// <summary>As <see cref="OneLine"/>, and where that is longer than it may be, its beginning with three dots.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The most UTF-16 units, with the dots.</param>
    public static string Beginning(string text, int length)
    {
        var line = OneLine(text);
        if (line.Length <= length)
        {
            return line;
        }
        var end = Math.Max(length - Dots.Length, 0);
        return line[..(end > 0 && char.IsHighSurrogate(line[end - 1]) ? end - 1 : end)] + Dots;
    }

    /// <summary>
    /// Keeps the line ends and tabs of the text, with <c>\u001B</c> for other characters that are not printable.
    /// </summary>
    public static string Lines(string text) => Escape(text, keepsLines: true);

    private static string Escape(string text, bool keepsLines)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }
        var safe = new StringBuilder(text.Length + 8);
        foreach (var character in text)
        {
            _ = character switch
            {
                '\n' or '\t' when keepsLines => safe.Append(character),
                '\n' => safe.Append("\\n"),
                '\r' => safe.Append("\\r"),
                '\t' => safe.Append("\\t"),
                _ when char.IsControl(character) => safe.Append($"\\u{(int)character:X4}"),
                _ => safe.Append(character),
            };
        }
        return safe.ToString();
    }
}
