using System.Globalization;
using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>Where everything of a heat-map stands, in pixels.</summary>
internal sealed class HeatMapLayout
{
    private const double Pad = 16;
    private const double CellHeight = 34;
    private const double LeastCellHeight = 5;
    private const double WidestCell = 72;
    private const double GoodHeight = 560; // of all rows together
    private const double LabelHeight = 19; // of one that stands among others
    private const double Slope = 0.7071; // of slanted names, 45 degrees
    private const double BesideCells = 8;
    private const double LongestName = 0.3; // of the picture's width
    private const double ShortName = 44;
    private const int ManyColumns = 20;
    private const double BarWidth = 220;
    private const double BarHeight = 12;
    private const int BarSteps = 44;

    private readonly List<Label> _labels = [];
    private readonly Dictionary<string, StringBuilder> _areas = []; // by colour

    /// <summary>Lays out a heat-map that <see cref="Check"/> has found drawable.</summary>
    public HeatMapLayout(
        string title,
        IReadOnlyList<string> rows,
        IReadOnlyList<string> columns,
        IReadOnlyList<IReadOnlyList<double>> values,
        string unit,
        double width
    )
    {
        Width = width;
        var all = values.SelectMany(row => row);
        var colours = new ColourScale(all.Min(), all.Max());
        var (titles, top) = Heading.Of(title, Pad, width);
        _labels.AddRange(titles);
        top = AddBar(colours, unit, top);

        rows = [.. rows.Select(Name)];
        columns = [.. columns.Select(Name)];
        var left = Pad + rows.Max(WidthOf) + BesideCells;
        var cellWidth = Math.Min(WidestCell, (width - Pad - left) / columns.Count);
        var below = LabelHeight;
        if (ColumnNames(columns, cellWidth).IsSlanted)
        {
            var reach = (columns.Max(WidthOf) * Slope) + BesideCells; // of slanted names, to the left and down
            left = Math.Max(left, Pad + reach - (cellWidth / 2));
            cellWidth = Math.Min(WidestCell, (width - Pad - left) / columns.Count);
            below = reach + BesideCells;
        }
        var cellHeight = Math.Clamp(GoodHeight / rows.Count, LeastCellHeight, CellHeight);
        AddCells(values, colours, left, top, cellWidth, cellHeight);
        AddRowNames(rows, left, top, cellHeight);
        var bottom = top + (rows.Count * cellHeight);
        AddColumnNames(columns, left, bottom, cellWidth);
        Height = Math.Ceiling(bottom + below + Pad);
    }

    /// <summary>Width of the picture.</summary>
    public double Width { get; }

    /// <summary>Height of the picture.</summary>
    public double Height { get; }

    /// <summary>The path of all cells of one colour, and of the steps of the bar that tells what the colours mean.</summary>
    public IEnumerable<(string Colour, string Path)> Areas =>
        _areas.Select(area => (area.Key, area.Value.ToString()));

    /// <summary>All texts.</summary>
    public IReadOnlyList<Label> Labels => _labels;

    /// <summary>The bar of colours, with the numbers at its ends and their unit.</summary>
    private double AddBar(ColourScale colours, string unit, double top)
    {
        var (low, high) = (Text(colours.Minimum), Text(colours.Maximum));
        var baseline = top + StyleSheet.TextSize;
        var x = Pad + WidthOf(low) + 8;
        _labels.Add(new Label(x - 8, baseline, low, "quiet end"));
        for (var i = 0; i < BarSteps; i++)
        {
            var part = (i + 0.5) / BarSteps;
            var value = (colours.Minimum * (1 - part)) + (colours.Maximum * part);
            var step = BarWidth / BarSteps;
            Fill(x + (i * step), baseline - 11, step, BarHeight, colours.Of(value));
        }
        var end = x + BarWidth + 8;
        _labels.Add(new Label(end, baseline, high, "quiet"));
        _labels.Add(new Label(end + WidthOf(high) + 14, baseline, SafeText.Of(unit), "quiet"));
        return baseline + 18;
    }

    private void AddCells(
        IReadOnlyList<IReadOnlyList<double>> values,
        ColourScale colours,
        double left,
        double top,
        double width,
        double height
    )
    {
        var gap = Math.Min(width, height) > 12 ? 1 : 0;
        var isWritten =
            height >= LabelHeight && values.All(row => row.All(value => WidthOf(Text(value)) <= width - 4));
        for (var i = 0; i < values.Count; i++)
        {
            for (var j = 0; j < values[i].Count; j++)
            {
                var (x, y, value) = (left + (j * width), top + (i * height), values[i][j]);
                Fill(x, y, width - gap, height - gap, colours.Of(value));
                if (isWritten)
                {
                    var style = colours.IsDark(value) ? "middle on-dark" : "middle on-light";
                    _labels.Add(new Label(x + ((width - gap) / 2), y + (height / 2) + 5, Text(value), style));
                }
            }
        }
    }

    private void Fill(double x, double y, double width, double height, string colour)
    {
        if (!_areas.TryGetValue(colour, out var path))
        {
            _areas.Add(colour, path = new StringBuilder());
        }
        path.Append($"M{Px.Of(x)} {Px.Of(y)}h{Px.Of(width)}v{Px.Of(height)}h{Px.Of(-width)}z");
    }

    private void AddRowNames(IReadOnlyList<string> rows, double left, double top, double height)
    {
        var stride = Stride(LabelHeight, height);
        for (var i = 0; i < rows.Count; i += stride)
        {
            _labels.Add(new Label(left - BesideCells, top + ((i + 0.5) * height) + 5, rows[i], "quiet end"));
        }
    }

    private void AddColumnNames(IReadOnlyList<string> columns, double left, double bottom, double width)
    {
        var (isSlanted, stride) = ColumnNames(columns, width);
        for (var i = 0; i < columns.Count; i += stride)
        {
            var x = left + ((i + 0.5) * width);
            _labels.Add(
                isSlanted
                    ? new Label(x + 4, bottom + 14, columns[i], "quiet end") { Angle = -45 }
                    : new Label(x, bottom + LabelHeight, columns[i], "quiet middle")
            );
        }
    }

    /// <summary>Whether the names below columns of a width are slanted, and which of them are written.</summary>
    private static (bool IsSlanted, int Stride) ColumnNames(IReadOnlyList<string> columns, double width)
    {
        var widest = columns.Max(WidthOf);
        var flat = Stride(widest + 8, width);
        // Short names in a long row are numbers, of which every so many will do.
        return flat == 1 || (widest <= ShortName && columns.Count > ManyColumns)
            ? (false, flat)
            : (true, Stride(LabelHeight / Slope, width));
    }

    /// <summary>Of how many names one is written, so that it has the room it needs: 1, 2, 5, 10, 20 and so on.</summary>
    private static int Stride(double needed, double there)
    {
        var stride = 1;
        for (var i = 0; stride * there < needed; i++)
        {
            stride = i % 3 == 1 ? stride / 2 * 5 : stride * 2;
        }
        return stride;
    }

    private string Name(string name) => TextLines.Cut(name, StyleSheet.TextSize, LongestName * Width);

    private static double WidthOf(string text) => TextWidth.Of(text, StyleSheet.TextSize);

    /// <summary>Three digits that count, or more before the point.</summary>
    private static string Text(double value)
    {
        var format = Math.Abs(value) switch
        {
            0 => "0",
            < 0.001 or >= 1e6 => "0.##e0",
            < 1 => "0.###",
            < 10 => "0.##",
            < 100 => "0.#",
            _ => "#,0",
        };
        return value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212');
    }
}
