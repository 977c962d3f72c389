using System.Security.Cryptography;
using System.Text;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Reports;

/// <summary>The style of a report and of other pages, in the colours of the pictures.</summary>
internal static class ReportStyle
{
    /// <summary>The rules.</summary>
    public static string Text { get; } =
        $":root{{{Colours(colour => colour.Light)};--code:{StyleSheet.CodeFonts}}}\n"
        + $"@media(prefers-color-scheme:dark){{:root{{{Colours(colour => colour.Dark)}}}}}\n"
        + $$$"""
            body{margin:0 auto;max-width:1180px;padding:16px;background:var(--page);color:var(--text);
            font:16px/1.5 {{{StyleSheet.Fonts}}};overflow-wrap:anywhere}
            h1{font-size:26px;line-height:1.25;margin:8px 0}
            h2{font-size:20px;margin:32px 0 8px}
            p{margin:8px 0;max-width:75ch}
            dl,dd{margin:0}
            dt,th{color:var(--quiet);font-weight:400;text-align:left}
            .facts{display:flex;flex-wrap:wrap;gap:8px 36px;margin:20px 0}
            .facts dd{font-size:22px;font-weight:600}
            .charts{display:grid;grid-template-columns:2fr 1fr;gap:16px;align-items:start}
            .charts svg:first-child{grid-row:span 3}
            .charts svg{width:100%;height:auto;border:1px solid var(--grid);border-radius:6px}
            .settings{columns:260px;column-gap:36px}
            .settings div{display:flex;justify-content:space-between;gap:16px;
            border-bottom:1px solid var(--grid);break-inside:avoid}
            table{border-collapse:collapse;width:100%}
            th,td{border-top:1px solid var(--grid);padding:6px 16px 6px 0;vertical-align:top}
            th{white-space:nowrap;width:1%}
            td,blockquote{font-family:var(--code);font-size:15px;white-space:pre-wrap}
            blockquote{background:var(--cell);border-radius:6px;margin:12px 0;padding:12px 16px}
            mark{background:var(--mark);color:inherit;border-radius:3px}
            @media(max-width:800px){.charts{grid-template-columns:1fr}}
            @media(max-width:600px){th,td{display:block;width:auto}td{border-top:0;padding-top:0}}
            """.ReplaceLineEndings("\n");

    /// <summary>The style inside of each picture, as a Content-Security-Policy names it.</summary>
    public static string PictureSource { get; } =
        $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(StyleSheet.Text)))}'";

    private static string Colours(Func<Palette.Colour, string> of) =>
        $"--page:{of(Palette.Page)};--text:{of(Palette.Text)};--quiet:{of(Palette.Quiet)};"
        + $"--grid:{of(Palette.Grid)};--cell:{of(Palette.Cell)};--mark:{of(Palette.Mark)}";
}
