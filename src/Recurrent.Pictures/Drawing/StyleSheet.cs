using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>
/// The style that each picture carries: colours for light and dark pages, by the reader's setting. It uses plain rules
/// alone, no variables, so that programs other than browsers follow it too.
/// </summary>
internal static class StyleSheet
{
    /// <summary>Font size of a title, in pixels.</summary>
    public const double TitleSize = 18;

    /// <summary>Font size of all other text, in pixels.</summary>
    public const double TextSize = 15;

    /// <summary>The font of texts.</summary>
    public const string Fonts =
        "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans','Noto Sans CJK SC',sans-serif";

    /// <summary>The font of values in cells, and of what a model wrote.</summary>
    public const string CodeFonts = "ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace";

    /// <summary>The rules; all are bound to the class that a picture's root has.</summary>
    public static string Text { get; } = Create();

    private static string Create()
    {
        var css = new StringBuilder();
        Rule("text", $"font-family:{Fonts};font-size:{TextSize}px;stroke:none");
        Rule(".title", $"font-size:{TitleSize}px;font-weight:600");
        Rule(".code", $"font-family:{CodeFonts};white-space:pre");
        Rule(".strong", "font-weight:600");
        Rule(".sign", "font-size:24px");
        Rule(".middle", "text-anchor:middle");
        Rule(".end", "text-anchor:end");
        Rule(".line", "fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round");
        Rule(".dashed", "stroke-dasharray:7 5;stroke-linecap:butt");
        Rule(".points", "fill:none;stroke-width:5;stroke-linecap:round;stroke-opacity:.75");
        Rule(".many", "stroke-width:3;stroke-opacity:.6");
        Rule(".grid,.edge,.cell", "stroke-width:1");
        Rule(".grid,.edge", "fill:none");
        Rule(".area", "shape-rendering:crispEdges"); // or the page shines through between cells
        Colours(colour => colour.Light);
        css.Append("@media(prefers-color-scheme:dark){");
        Colours(colour => colour.Dark);
        return css.Append('}').ToString();

        void Rule(string selectors, string declarations)
        {
            var bound = string.Join(',', selectors.Split(',').Select(selector => $".{Root} {selector}"));
            css.Append(bound).Append('{').Append(declarations).Append('}');
        }

        void Colours(Func<Palette.Colour, string> of)
        {
            Rule(".page", $"fill:{of(Palette.Page)}");
            Rule("text", $"fill:{of(Palette.Text)}");
            Rule(".on-dark", "fill:#ffffff");
            Rule(".on-light", "fill:#000000");
            Rule(".quiet", $"fill:{of(Palette.Quiet)}");
            Rule(".grid", $"stroke:{of(Palette.Grid)}");
            Rule(".edge", $"stroke:{of(Palette.Edge)}");
            Rule(".cell", $"fill:{of(Palette.Cell)};stroke:{of(Palette.Edge)}");
            for (var i = 0; i < Palette.SeriesColours.Count; i++)
            {
                Rule($".s{i}", $"stroke:{of(Palette.SeriesColours[i])}");
            }
        }
    }

    /// <summary>The class of a picture's root.</summary>
    public const string Root = "recurrent-picture";
}
