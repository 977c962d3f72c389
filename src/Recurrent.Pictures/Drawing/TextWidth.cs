namespace Recurrent.Pictures.Drawing;

/// <summary>
/// How much room a text takes. Whoever looks at an SVG brings the fonts, so these are estimates on the wide side.
/// </summary>
internal static class TextWidth
{
    private const double Narrow = 0.34; // of the font's size, as all that follow
    private const double Usual = 0.64;
    private const double Capital = 0.72;
    private const double Broad = 0.95;
    private const double Ideograph = 1.0;
    private const double Fixed = 0.61;

    /// <summary>Width in pixels in a font whose letters differ in width.</summary>
    public static double Of(string text, double size)
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
    public static double OfCode(string text, double size) =>
        text.EnumerateRunes().Sum(rune => IsWide(rune.Value) ? Ideograph : Fixed) * size;

    // Punctuation, arrows and mathematical signs lie between Hangul's letters and the ideographs.
    private static bool IsWide(int rune) => rune is (>= 0x1100 and < 0x1200) or >= 0x2E80;
}
