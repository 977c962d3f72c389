using System.Text;

namespace Recurrent.Cli.Arguments;

/// <summary>Text with escape sequences for what not every shell lets a user type, as printed texts have them.</summary>
internal static class EscapedText
{
    /// <summary>The rule, for the help of an option.</summary>
    public const string Rule = @"Write \n for a line end, \t for a tab and \\ for a backslash.";

    /// <summary>
    /// Replaces <c>\n</c>, <c>\r</c>, <c>\t</c> and <c>\\</c>; any other backslash stands for itself.
    /// </summary>
    public static string Read(string text)
    {
        var read = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            char? meant =
                text[i] != '\\' || i + 1 == text.Length
                    ? null
                    : text[i + 1] switch
                    {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        '\\' => '\\',
                        _ => null,
                    };
            read.Append(meant ?? text[i]);
            i += meant is null ? 0 : 1;
        }
        return read.ToString();
    }
}
