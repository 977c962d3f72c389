using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>Where everything of a line chart stands, in pixels.</summary>
internal sealed class LineChartLayout
{
    private const double Pad = 16;
    private const double ClipRoom = 4; // so that a line along the edge keeps its width
    private const double TickLength = 5;
    private const double MinorLength = 3;
    private const double BesideTick = 9;
    private const int Many = 200; // points
    private const int MostMarks = 8; // along the bottom
    private const double PerMark = 50; // pixels of height

    private readonly Scale _x;
    private readonly Scale _y;
    private readonly List<Label> _labels = [];
    private readonly List<Stroke> _strokes = [];

    /// <summary>Lays out a chart that <see cref="Check"/> has found drawable.</summary>
    public LineChartLayout(
        string title,
        Axis x,
        Axis y,
        IReadOnlyList<Series> series,
        double width,
        double height
    )
    {
        var top = AddHead(title, y, series, width);
        Top = top;
        Bottom = height - Pad - (x.Label.Length > 0 ? 44 : 22);
        _y = Scale.Of(
            y,
            [.. series.SelectMany(one => one.Y)],
            Math.Max(2, (int)((Bottom - Top) / PerMark)),
            isTight: false
        );
        Left = Pad + BesideTick + _y.Ticks.Select(WidthOf).DefaultIfEmpty().Max();
        Right = width - Pad;
        _x = XScale(x, series);
        AddTicks(x);
        for (var i = 0; i < series.Count; i++)
        {
            var one = series[i];
            var points = Enumerable.Range(0, one.X.Count).Select(k => (AtX(one.X[k]), AtY(one.Y[k])));
            var path = SeriesPath.Of(points, one.Style);
            _strokes.Add(Stroke.Of(one.Style, i, isMany: one.X.Count > Many, path));
        }
    }

    /// <summary>Left end of the plot.</summary>
    public double Left { get; }

    /// <summary>Right end of the plot.</summary>
    public double Right { get; private set; }

    /// <summary>Upper end of the plot.</summary>
    public double Top { get; }

    /// <summary>Lower end of the plot.</summary>
    public double Bottom { get; }

    /// <summary>The part of the picture that series may be drawn in.</summary>
    public (double X, double Y, double Width, double Height) Clip =>
        (Left - ClipRoom, Top - ClipRoom, Right - Left + (2 * ClipRoom), Bottom - Top + (2 * ClipRoom));

    /// <summary>All texts.</summary>
    public IReadOnlyList<Label> Labels => _labels;

    /// <summary>Pieces of the series' lines in the legend.</summary>
    public IReadOnlyList<Stroke> Swatches { get; private set; } = [];

    /// <summary>The series.</summary>
    public IReadOnlyList<Stroke> Strokes => _strokes;

    /// <summary>The path of the grid.</summary>
    public string Grid { get; private set; } = "";

    /// <summary>The path of the axes and their marks.</summary>
    public string Edge { get; private set; } = "";

    private double AtX(double value) => Left + (_x.Place(value) * (Right - Left));

    private double AtY(double value) => Bottom - (_y.Place(value) * (Bottom - Top));

    private double AddHead(string title, Axis y, IReadOnlyList<Series> series, double width)
    {
        var (titles, top) = Heading.Of(title, Pad, width);
        _labels.AddRange(titles);
        var (names, swatches, height) = Legend.Of(series, Pad, top, width - Pad);
        _labels.AddRange(names);
        Swatches = swatches;
        top += height + (height > 0 ? 8 : 0);
        if (y.Label.Length > 0)
        {
            _labels.Add(new Label(Pad, top + StyleSheet.TextSize, SafeText.Of(y.Label), "quiet"));
            top += StyleSheet.TextSize + 10;
        }
        return top + 8;
    }

    /// <summary>The axis along the bottom, with as many marks as their texts leave room for.</summary>
    private Scale XScale(Axis axis, IReadOnlyList<Series> series)
    {
        double[] values = [.. series.SelectMany(one => one.X)];
        var farRight = Right;
        for (var most = MostMarks; ; most--)
        {
            var scale = Scale.Of(axis, values, most, isTight: true);
            if (scale.Ticks is [.., var last])
            {
                // Half of the last text may stand out to the right of the plot.
                var room = (1 - scale.Place(last.Value)) * (farRight - Left);
                Right = farRight - Math.Max(0, (WidthOf(last) / 2) - room);
            }
            var ends = scale.Ticks.Select(tick =>
                (At: scale.Place(tick.Value) * (Right - Left), Half: (WidthOf(tick) / 2) + 6)
            );
            if (
                most == 1
                || ends.Zip(ends.Skip(1))
                    .All(two => two.First.At + two.First.Half <= two.Second.At - two.Second.Half)
            )
            {
                return scale;
            }
        }
    }

    private void AddTicks(Axis x)
    {
        var (grid, edge) = (new StringBuilder(), new StringBuilder());
        foreach (var tick in _y.Ticks)
        {
            grid.Append($"M{Px.Of(Left)} {Px.Of(AtY(tick.Value))}H{Px.Of(Right)}");
            _labels.Add(new Label(Left - BesideTick, AtY(tick.Value) + 5, tick.Text, "quiet end"));
        }
        edge.Append($"M{Px.Of(Left)} {Px.Of(Top)}V{Px.Of(Bottom)}H{Px.Of(Right)}");
        foreach (var tick in _x.Ticks)
        {
            edge.Append($"M{Px.Of(AtX(tick.Value))} {Px.Of(Bottom)}v{Px.Of(TickLength)}");
            if (x.Scale == AxisScale.Log)
            {
                grid.Append($"M{Px.Of(AtX(tick.Value))} {Px.Of(Top)}V{Px.Of(Bottom)}");
            }
            _labels.Add(new Label(AtX(tick.Value), Bottom + 21, tick.Text, "quiet middle"));
        }
        foreach (var minor in _x.MinorTicks)
        {
            edge.Append($"M{Px.Of(AtX(minor))} {Px.Of(Bottom)}v{Px.Of(MinorLength)}");
        }
        foreach (var minor in _y.MinorTicks)
        {
            edge.Append($"M{Px.Of(Left)} {Px.Of(AtY(minor))}h{Px.Of(-MinorLength)}");
        }
        if (x.Label.Length > 0)
        {
            _labels.Add(new Label((Left + Right) / 2, Bottom + 45, SafeText.Of(x.Label), "quiet middle"));
        }
        (Grid, Edge) = (grid.ToString(), edge.ToString());
    }

    private static double WidthOf(Tick tick) => TextWidth.Of(tick.Text, StyleSheet.TextSize);
}
