namespace Recurrent.Pictures.Drawing;

/// <summary>The names of a chart's series beside a piece of each, in as many rows as they need.</summary>
internal static class Legend
{
    private const double Swatch = 28;
    private const double AfterSwatch = 7;
    private const double AfterName = 22;
    private const double RowHeight = 22;

    /// <summary>The places of the names and of the pieces of line, and how high it all is.</summary>
    /// <param name="series">The series; those without a name are left out.</param>
    /// <param name="left">Left end, in pixels.</param>
    /// <param name="top">Upper end, in pixels.</param>
    /// <param name="right">Right end, in pixels.</param>
    public static (List<Label> Names, List<Stroke> Swatches, double Height) Of(
        IReadOnlyList<Series> series,
        double left,
        double top,
        double right
    )
    {
        List<Label> names = [];
        List<Stroke> swatches = [];
        var (x, y) = (left, top + StyleSheet.TextSize);
        for (var i = 0; i < series.Count; i++)
        {
            var name = SafeText.Of(series[i].Name);
            if (name.Length == 0)
            {
                continue;
            }
            var width = Swatch + AfterSwatch + TextWidth.Of(name, StyleSheet.TextSize);
            if (x > left && x + width > right)
            {
                (x, y) = (left, y + RowHeight);
            }
            swatches.Add(Stroke.Of(series[i].Style, i, isMany: false, Piece(series[i].Style, x, y - 5)));
            names.Add(new Label(x + Swatch + AfterSwatch, y, name, ""));
            x += width + AfterName;
        }
        return (names, swatches, names.Count > 0 ? y - top + 6 : 0);
    }

    private static string Piece(SeriesStyle style, double x, double y) =>
        style == SeriesStyle.Points
            ? $"M{Px.Of(x + (Swatch / 2))} {Px.Of(y)}h0"
            : $"M{Px.Of(x)} {Px.Of(y)}h{Px.Of(Swatch)}";
}
