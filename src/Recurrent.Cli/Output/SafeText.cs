using System.Text;

namespace Recurrent.Cli.Output;

/// <summary>Text of any origin, made fit to print: what a terminal would obey is shown instead.</summary>
internal static class SafeText
{
    /// <summary>The text on one line, with <c>\n</c>, <c>\t</c> and <c>\u001B</c> for what is not printable.</summary>
    public static string OneLine(string text) => Escape(text, keepsLines: false);

    /// <summary>The text with its line ends and tabs, and with <c>\u001B</c> for what else is not printable.</summary>
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
