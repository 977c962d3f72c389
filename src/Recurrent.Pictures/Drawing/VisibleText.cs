using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>Text that can be shown and that an XML document can hold, whatever came in.</summary>
internal static class VisibleText
{
    private const int ControlPictures = 0x2400; // ␀ stands for U+0000, and so on
    private const char DeletePicture = '\u2421';

    /// <summary>
    /// The text with control characters as their pictures (a line feed as ↵), and � for what is not a character.
    /// </summary>
    public static string OneLine(string text) => Replaced(text, keepsLines: false);

    /// <summary>The same, but lines stay lines, and tabs stay tabs.</summary>
    public static string Lines(string text) => Replaced(text, keepsLines: true);

    private static string Replaced(string text, bool keepsLines)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // half a surrogate pair comes as U+FFFD
        {
            safe.Append(
                rune.Value switch
                {
                    '\n' or '\t' when keepsLines => rune,
                    '\n' => new Rune('↵'),
                    '\t' => new Rune('⇥'),
                    < 0x20 => new Rune(ControlPictures + rune.Value),
                    0x7F => new Rune(DeletePicture),
                    (>= 0x80 and < 0xA0) or 0xFFFE or 0xFFFF => Rune.ReplacementChar,
                    _ => rune,
                }
            );
        }
        return safe.ToString();
    }
}
