using System.Text;
using System.Xml.Linq;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>Lines, dashed lines and points over two axes, either of which may be logarithmic.</summary>
/// <example>
/// <code>
/// var loss = new Series("loss", [1, 2, 3], [0.9, 0.4, 0.2]);
/// var chart = new LineChart("Loss by epoch", new Axis("epoch"), new Axis("loss"), loss) { Height = 240 };
/// chart.Save("loss.svg");
/// </code>
/// </example>
public sealed class LineChart : Picture
{
    /// <summary>A chart of 720 × 420 pixels.</summary>
    /// <param name="title">What the chart shows; empty for no title.</param>
    /// <param name="x">The axis along the bottom.</param>
    /// <param name="y">The axis along the left side.</param>
    /// <param name="series">What is drawn, 1 to 6 of them.</param>
    /// <exception cref="ArgumentException">There are no series or too many; one is empty, differs in the number
    /// of its places and heights, or has a value that is not finite, or not above 0 on a logarithmic axis.</exception>
    public LineChart(string title, Axis x, Axis y, params IReadOnlyList<Series> series)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(series);
        (X, Y, Series) = (x, y, series);
        Require(series.Count > 0, "A chart has no series; give at least one.");
        Require(
            series.Count <= Palette.SeriesColours.Count,
            $"A chart has {series.Count} series and {Palette.SeriesColours.Count} can be told apart; draw two charts."
        );
        RequireEnds(x);
        RequireEnds(y);
        foreach (var one in series)
        {
            Require(one.X.Count > 0, $"The series \"{one.Name}\" is empty; give it at least one point.");
            Require(
                one.X.Count == one.Y.Count,
                $"The series \"{one.Name}\" has {one.X.Count} places and {one.Y.Count} heights; "
                    + "give it as many of both."
            );
            RequireValues(one.X, x, $"A place of the series \"{one.Name}\"");
            RequireValues(one.Y, y, $"A height of the series \"{one.Name}\"");
        }
    }

    /// <summary>The axis along the bottom.</summary>
    public Axis X { get; }

    /// <summary>The axis along the left side.</summary>
    public Axis Y { get; }

    /// <summary>The series that are drawn.</summary>
    public IReadOnlyList<Series> Series { get; }

    /// <summary>Height in pixels, from 200 to 4,000; 420 unless set.</summary>
    public int Height
    {
        get;
        init => field = Pixels(value, nameof(Height), "high");
    } = 420;

    /// <inheritdoc/>
    public override LineChart Translated(Func<string, string> translate)
    {
        ArgumentNullException.ThrowIfNull(translate);
        return new(
            translate(Title),
            X with
            {
                Label = translate(X.Label),
            },
            Y with
            {
                Label = translate(Y.Label),
            },
            [.. Series.Select(one => new Series(translate(one.Name), one.X, one.Y) { Style = one.Style })]
        )
        {
            Width = Width,
            Height = Height,
        };
    }

    internal override XElement Draw() => Draw(Width, Height);

    /// <summary>The chart in another size, in pixels.</summary>
    internal XElement Draw(int width, int height) => new Layout(this, width, height).Draw();

    private static void RequireEnds(Axis axis)
    {
        foreach (var end in (double?[])[axis.Minimum, axis.Maximum])
        {
            if (end is { } value)
            {
                RequireValues([value], axis, $"An end of the axis \"{axis.Label}\"");
            }
        }
        Require(
            !(axis.Minimum >= axis.Maximum),
            $"The axis \"{axis.Label}\" begins at {axis.Minimum} and ends at {axis.Maximum}; "
                + "let it end above its beginning."
        );
    }

    private static void RequireValues(IReadOnlyList<double> values, Axis axis, string what)
    {
        for (var i = 0; i < values.Count; i++)
        {
            Require(double.IsFinite(values[i]), $"{what} is {values[i]} (at {i}) and cannot be drawn; leave it out.");
            Require(
                !axis.IsLogarithmic || values[i] > 0,
                $"{what} is {values[i]} (at {i}) and a logarithmic axis holds values above 0; leave it out or "
                    + "use a linear axis."
            );
        }
    }
}

/// <summary>The places of everything in a line chart, in pixels.</summary>
file sealed class Layout
{
    private const double Pad = Svg.Pad;
    private const double ClipRoom = 4; // so that a line along the edge keeps its width
    private const double TickLength = 5;
    private const double MinorLength = 3;
    private const double BesideTick = 9;
    private const int Many = 200; // points
    private const int MostMarks = 8; // along the bottom
    private const double PerMark = 50; // pixels of height
    private const double Swatch = 28; // a piece of line in the legend
    private const double AfterSwatch = 7;
    private const double AfterName = 22;
    private const double LegendRow = 22;

    private readonly LineChart _chart;
    private readonly int _width;
    private readonly int _height;
    private readonly Scale _x;
    private readonly Scale _y;
    private readonly double _left;
    private readonly double _top;
    private readonly double _bottom;
    private double _right;
    private readonly List<XElement> _swatches = [];
    private readonly List<XElement> _labels = [];

    public Layout(LineChart chart, int width, int height)
    {
        (_chart, _width, _height) = (chart, width, height);
        _top = AddHead();
        _bottom = height - Pad - (chart.X.Label.Length > 0 ? 44 : 22);
        _y = Scale.Of(
            chart.Y,
            [.. chart.Series.SelectMany(one => one.Y)],
            Math.Max(2, (int)((_bottom - _top) / PerMark)),
            isTight: false
        );
        _left = Pad + BesideTick + _y.Ticks.Select(WidthOf).DefaultIfEmpty().Max();
        _right = width - Pad;
        _x = FitX();
    }

    public XElement Draw()
    {
        var (grid, edge) = AddTicks();
        var plot = Svg.Window(
            _left - ClipRoom,
            _top - ClipRoom,
            _right - _left + (2 * ClipRoom),
            _bottom - _top + (2 * ClipRoom),
            _chart.Series.Select(Path)
        );
        return Svg.Root(_chart.Title, _width, _height, grid, edge, plot, _swatches, _labels);
    }

    private double AtX(double value) => _left + (_x.Place(value) * (_right - _left));

    private double AtY(double value) => _bottom - (_y.Place(value) * (_bottom - _top));

    private XElement Path(Series series, int index)
    {
        var points = series.X.Zip(series.Y, (x, y) => (AtX(x), AtY(y)));
        return Svg.Path(Style(series, index, series.X.Count > Many), SeriesPath.Of(points, series.Style));
    }

    private static string Style(Series series, int index, bool isMany) =>
        series.Style switch
        {
            SeriesStyle.Points => isMany ? $"points many s{index}" : $"points s{index}",
            SeriesStyle.Dashed => $"line dashed s{index}",
            _ => $"line s{index}",
        };

    /// <summary>Title, legend and the name of the upright axis.</summary>
    /// <returns>The upper end of the plot.</returns>
    private double AddHead()
    {
        var (title, top) = Svg.Heading(_chart.Title, _width);
        _labels.AddRange(title);
        top += AddLegend(top);
        if (_chart.Y.Label is { Length: > 0 } label)
        {
            _labels.Add(Svg.Text(Pad, top + StyleSheet.TextSize, VisibleText.OneLine(label), "quiet"));
            top += StyleSheet.TextSize + 10;
        }
        return top + 8;
    }

    /// <summary>The names of the series beside a piece of each, in as many rows as they need.</summary>
    /// <returns>The height of all of it, with the room below.</returns>
    private double AddLegend(double top)
    {
        var (x, y) = (Pad, top + StyleSheet.TextSize);
        for (var i = 0; i < _chart.Series.Count; i++)
        {
            var series = _chart.Series[i];
            var name = VisibleText.OneLine(series.Name);
            if (name.Length == 0)
            {
                continue;
            }
            var width = Swatch + AfterSwatch + TextLayout.Width(name);
            if (x > Pad && x + width > _width - Pad)
            {
                (x, y) = (Pad, y + LegendRow);
            }
            var (from, length) = series.Style == SeriesStyle.Points ? (x + (Swatch / 2), 0) : (x, Swatch);
            var piece = $"M{Svg.Px(from)} {Svg.Px(y - 5)}h{Svg.Px(length)}";
            _swatches.Add(Svg.Path(Style(series, i, isMany: false), piece));
            _labels.Add(Svg.Text(x + Swatch + AfterSwatch, y, name, ""));
            x += width + AfterName;
        }
        return _swatches.Count > 0 ? y - top + 6 + 8 : 0;
    }

    /// <summary>The axis along the bottom, with as many marks as their texts leave room for.</summary>
    private Scale FitX()
    {
        double[] values = [.. _chart.Series.SelectMany(one => one.X)];
        var farRight = _right;
        for (var most = MostMarks; ; most--)
        {
            var scale = Scale.Of(_chart.X, values, most, isTight: true);
            if (scale.Ticks is [.., var last])
            {
                // Half of the last text may stand out to the right of the plot.
                var room = (1 - scale.Place(last.Value)) * (farRight - _left);
                _right = farRight - Math.Max(0, (WidthOf(last) / 2) - room);
            }
            var ends = scale.Ticks.Select(tick =>
                (At: scale.Place(tick.Value) * (_right - _left), Half: (WidthOf(tick) / 2) + 6)
            );
            if (
                most == 1
                || ends.Zip(ends.Skip(1)).All(two => two.First.At + two.First.Half <= two.Second.At - two.Second.Half)
            )
            {
                return scale;
            }
        }
    }

    private (XElement Grid, XElement Edge) AddTicks()
    {
        var (left, right, top, bottom) = (Svg.Px(_left), Svg.Px(_right), Svg.Px(_top), Svg.Px(_bottom));
        var (grid, edge) = (new StringBuilder(), new StringBuilder($"M{left} {top}V{bottom}H{right}"));
        foreach (var tick in _y.Ticks)
        {
            grid.Append($"M{left} {Svg.Px(AtY(tick.Value))}H{right}");
            _labels.Add(Svg.Text(_left - BesideTick, AtY(tick.Value) + 5, tick.Text, "quiet end"));
        }
        foreach (var tick in _x.Ticks)
        {
            edge.Append($"M{Svg.Px(AtX(tick.Value))} {bottom}v{Svg.Px(TickLength)}");
            if (_chart.X.IsLogarithmic)
            {
                grid.Append($"M{Svg.Px(AtX(tick.Value))} {top}V{bottom}");
            }
            _labels.Add(Svg.Text(AtX(tick.Value), _bottom + 21, tick.Text, "quiet middle"));
        }
        foreach (var minor in _x.MinorTicks)
        {
            edge.Append($"M{Svg.Px(AtX(minor))} {bottom}v{Svg.Px(MinorLength)}");
        }
        foreach (var minor in _y.MinorTicks)
        {
            edge.Append($"M{left} {Svg.Px(AtY(minor))}h{Svg.Px(-MinorLength)}");
        }
        if (_chart.X.Label is { Length: > 0 } label)
        {
            var middle = (_left + _right) / 2;
            _labels.Add(Svg.Text(middle, _bottom + 45, VisibleText.OneLine(label), "quiet middle"));
        }
        return (Svg.Path("grid", grid.ToString()), Svg.Path("edge", edge.ToString()));
    }

    private static double WidthOf(Tick tick) => TextLayout.Width(tick.Text);
}
