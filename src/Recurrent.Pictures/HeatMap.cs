using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>
/// A table of numbers as colours: from pale to dark or, if numbers lie on both sides of zero, from blue through pale
/// to orange.
/// </summary>
/// <example>
/// <code>
/// var map = new HeatMap("Who likes whom", ["Ann", "Bob"], ["tea", "rye"], [[0.9, 0.1], [0.3, 0.7]], unit: "share");
/// map.Save("map.svg");
/// </code>
/// </example>
public sealed class HeatMap : Picture
{
    /// <summary>A heat map 720 pixels wide and as high as its rows need.</summary>
    /// <param name="title">The title, which says what the picture shows; empty for none.</param>
    /// <param name="rows">Names of the rows, from the top (rows).</param>
    /// <param name="columns">Names of the columns, from the left (columns).</param>
    /// <param name="values">The numbers, finite (rows, columns).</param>
    /// <param name="unit">What the numbers are, with their unit, such as <c>probability</c> or <c>time (s)</c>.</param>
    /// <exception cref="ArgumentException">There are no cells or more than 10,000, the names do not match the
    /// rows or columns in number, or a number is not finite.</exception>
    public HeatMap(
        string title,
        IReadOnlyList<string> rows,
        IReadOnlyList<string> columns,
        IReadOnlyList<IReadOnlyList<double>> values,
        string unit
    )
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(unit);
        (Rows, Columns, Values, Unit) = (rows, columns, values, unit);
        RequireGrid(values, "The heat-map");
        var (height, width) = (values.Count, values[0].Count);
        RequireCells((long)height * width, "The heat-map has", "it");
        RequireNames(rows, height, "rows");
        RequireNames(columns, width, "columns");
        for (var i = 0; i < height; i++)
        {
            for (var j = 0; j < width; j++)
            {
                Require(
                    double.IsFinite(values[i][j]),
                    $"The number in row {i}, column {j} of the heat-map is {values[i][j]} and has no colour; "
                        + "give a finite one."
                );
            }
        }
    }

    /// <summary>
    /// What the columns are, such as <c>hidden unit</c>, written below their names; empty, the default, for nothing.
    /// </summary>
    public string ColumnTitle { get; init; } = "";

    /// <summary>Cells with an outline, such as the right answers among probabilities; none by default.</summary>
    /// <exception cref="ArgumentException">A cell is not in the heat-map.</exception>
    public IReadOnlyList<(int Row, int Column)> Outlined
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var (row, column) in value)
            {
                Require(
                    row >= 0 && row < Rows.Count && column >= 0 && column < Columns.Count,
                    $"The outlined cell in row {row}, column {column} is not among the {Rows.Count} rows and "
                        + $"{Columns.Count} columns of the heat-map; count both from 0."
                );
            }
            field = value;
        }
    } = [];

    internal IReadOnlyList<string> Rows { get; } // (rows)

    internal IReadOnlyList<string> Columns { get; } // (columns)

    internal IReadOnlyList<IReadOnlyList<double>> Values { get; } // (rows, columns)

    internal string Unit { get; }

    /// <inheritdoc/>
    public override HeatMap Translated(Func<string, string> translate)
    {
        ArgumentNullException.ThrowIfNull(translate);
        return new(
            translate(Title),
            [.. Rows.Select(translate)],
            [.. Columns.Select(translate)],
            Values,
            translate(Unit)
        )
        {
            Width = Width,
            ColumnTitle = translate(ColumnTitle),
            Outlined = Outlined,
        };
    }

    internal override XElement Draw() => new Layout(this).Draw();

    private static void RequireNames(IReadOnlyList<string> names, int count, string what) =>
        Require(names.Count == count, $"The heat-map has {count} {what} and {names.Count} names for them; name each.");
}

/// <summary>The places of everything in a heat map, in pixels.</summary>
file sealed class Layout(HeatMap map)
{
    private const double Pad = Svg.Pad;
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

    private readonly ColourScale _colours = new(map.Values.Min(row => row.Min()), map.Values.Max(row => row.Max()));
    private readonly List<XElement> _labels = [];
    private readonly StringBuilder _outlines = new();
    private readonly OrderedDictionary<string, StringBuilder> _areas = []; // by colour

    public XElement Draw()
    {
        var (title, top) = Svg.Heading(map.Title, map.Width);
        _labels.AddRange(title);
        top = AddBar(top);

        string[] rows = [.. map.Rows.Select(Name)];
        string[] columns = [.. map.Columns.Select(Name)];
        var left = Pad + rows.Max(WidthOf) + BesideCells;
        var cellWidth = CellWidth(left);
        var below = LabelHeight;
        if (ColumnNames(columns, cellWidth).IsSlanted)
        {
            var reach = (columns.Max(WidthOf) * Slope) + BesideCells; // of slanted names, to the left and down
            left = Math.Max(left, Pad + reach - (cellWidth / 2));
            cellWidth = CellWidth(left);
            below = reach + BesideCells;
        }
        var cellHeight = Math.Clamp(GoodHeight / rows.Length, LeastCellHeight, CellHeight);
        AddCells(left, top, cellWidth, cellHeight);
        AddRowNames(rows, left, top, cellHeight);
        var bottom = top + (rows.Length * cellHeight);
        AddColumnNames(columns, left, bottom, cellWidth);
        if (map.ColumnTitle.Length > 0)
        {
            below += LabelHeight;
            var middle = left + (columns.Length * cellWidth / 2);
            _labels.Add(Svg.Text(middle, bottom + below, VisibleText.OneLine(map.ColumnTitle), "quiet middle"));
        }
        return Svg.Root(
            map.Title,
            map.Width,
            Math.Ceiling(bottom + below + Pad),
            _areas.Select(area => Svg.Path("area", area.Value.ToString(), fill: area.Key)),
            (XElement[])(_outlines.Length > 0 ? [Svg.Path("line s1", _outlines.ToString())] : []),
            _labels
        );
    }

    private double CellWidth(double left) => Math.Min(WidestCell, (map.Width - Pad - left) / map.Columns.Count);

    /// <summary>The bar of colours, with the numbers at its ends and their unit.</summary>
    /// <returns>The upper end of what comes below.</returns>
    private double AddBar(double top)
    {
        var (low, high) = (Text(_colours.Minimum), Text(_colours.Maximum));
        var baseline = top + StyleSheet.TextSize;
        var x = Pad + WidthOf(low) + 8;
        _labels.Add(Svg.Text(x - 8, baseline, low, "quiet end"));
        for (var i = 0; i < BarSteps; i++)
        {
            var part = (i + 0.5) / BarSteps;
            var value = (_colours.Minimum * (1 - part)) + (_colours.Maximum * part);
            var step = BarWidth / BarSteps;
            Fill(x + (i * step), baseline - 11, step, BarHeight, _colours.Of(value));
        }
        var end = x + BarWidth + 8;
        _labels.Add(Svg.Text(end, baseline, high, "quiet"));
        _labels.Add(Svg.Text(end + WidthOf(high) + 14, baseline, VisibleText.OneLine(map.Unit), "quiet"));
        return baseline + 18;
    }

    private void AddCells(double left, double top, double width, double height)
    {
        var gap = Math.Min(width, height) > 12 ? 1 : 0;
        string[][] texts = CellTexts();
        var isWritten = height >= LabelHeight && texts.All(row => row.All(text => WidthOf(text) <= width - 4));
        for (var i = 0; i < map.Rows.Count; i++)
        {
            for (var j = 0; j < map.Columns.Count; j++)
            {
                var (x, y, value) = (left + (j * width), top + (i * height), map.Values[i][j]);
                Fill(x, y, width - gap, height - gap, _colours.Of(value));
                if (isWritten)
                {
                    var style = _colours.IsDark(value) ? "middle on-dark" : "middle on-light";
                    _labels.Add(Svg.Text(x + ((width - gap) / 2), y + (height / 2) + 5, texts[i][j], style));
                }
            }
        }
        foreach (var (row, column) in map.Outlined)
        {
            // Inside the cell, so that it covers no neighbour.
            var (x, y) = (left + (column * width) + 1, top + (row * height) + 1);
            _outlines.Append(Box(x, y, width - gap - 2, height - gap - 2));
        }
    }

    /// <summary>
    /// The numbers as they stand in the cells, all with as many decimals as the largest needs for three digits, or
    /// fewer where these say as much.
    /// </summary>
    private string[][] CellTexts()
    {
        var largest = map.Values.Max(row => row.Max(Math.Abs));
        if (largest is (> 0 and < 0.001) or >= 1e6)
        {
            return [.. map.Values.Select(row => row.Select(Text).ToArray())];
        }
        var most = largest switch
        {
            < 1 => 3,
            < 10 => 2,
            < 1000 => 1,
            _ => 0,
        };
        string[][] texts;
        do
        {
            var format = most > 0 ? $"#,0.{new string('0', most)}" : "#,0";
            string TextOf(double value) => Written(Math.Round(value, most), format);
            texts = [.. map.Values.Select(row => row.Select(TextOf).ToArray())];
        } while (most-- > 0 && texts.All(row => row.All(text => text[^1] == '0')));
        return texts;
    }

    /// <summary>Adds a rectangle to the path of all that have its colour.</summary>
    private void Fill(double x, double y, double width, double height, string colour)
    {
        if (!_areas.TryGetValue(colour, out var path))
        {
            _areas.Add(colour, path = new StringBuilder());
        }
        path.Append(Box(x, y, width, height));
    }

    private static string Box(double x, double y, double width, double height) =>
        $"M{Svg.Px(x)} {Svg.Px(y)}h{Svg.Px(width)}v{Svg.Px(height)}h{Svg.Px(-width)}z";

    private void AddRowNames(string[] rows, double left, double top, double height)
    {
        var stride = Stride(LabelHeight, height);
        for (var i = 0; i < rows.Length; i += stride)
        {
            _labels.Add(Svg.Text(left - BesideCells, top + ((i + 0.5) * height) + 5, rows[i], "quiet end"));
        }
    }

    private void AddColumnNames(string[] columns, double left, double bottom, double width)
    {
        var (isSlanted, stride) = ColumnNames(columns, width);
        for (var i = 0; i < columns.Length; i += stride)
        {
            var x = left + ((i + 0.5) * width);
            _labels.Add(
                isSlanted
                    ? Svg.Text(x + 4, bottom + 14, columns[i], "quiet end", angle: -45)
                    : Svg.Text(x, bottom + LabelHeight, columns[i], "quiet middle")
            );
        }
    }

    /// <summary>Whether the names below columns of a width are slanted, and which of them are written.</summary>
    private static (bool IsSlanted, int Stride) ColumnNames(string[] columns, double width)
    {
        var widest = columns.Max(WidthOf);
        // Single characters can be told apart though they stand close.
        var flat = Stride(widest + (columns.All(name => name.Length == 1) ? 3 : 8), width);
        // Short names in a long row are numbers; writing one in a few of them is enough.
        return flat == 1 || (widest <= ShortName && columns.Length > ManyColumns)
            ? (false, flat)
            : (true, Stride(LabelHeight / Slope, width));
    }

    /// <summary>The step between names, so that each has the room it needs: 1, 2, 5, 10, 20 and so on.</summary>
    private static int Stride(double needed, double there)
    {
        var stride = 1;
        for (var i = 0; stride * there < needed; i++)
        {
            stride = i % 3 == 1 ? stride / 2 * 5 : stride * 2;
        }
        return stride;
    }

    private string Name(string name) => TextLayout.Cut(name, LongestName * map.Width);

    private static double WidthOf(string text) => TextLayout.Width(text);

    /// <summary>A number with three significant digits, or more before the point.</summary>
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
        return Written(value, format);
    }

    private static string Written(double value, string format) =>
        (value == 0 ? 0 : value).ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212'); // no −0
}
