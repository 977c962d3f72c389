using System.Globalization;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using Recurrent.Pictures.Drawing;
using Recurrent.Tests;

namespace Recurrent.Pictures.Tests;

public sealed class LineChartTests
{
    private static readonly Gen<(double[] X, double[] Y, bool IsLogarithmic)> s_charts =
        from count in Gen.Choose(1, 30)
        from exponent in Gen.Choose(-9, 9)
        from x in Gen.Choose(1, 100_000).ArrayOf(count)
        from y in Gen.Choose(1, 100_000).ArrayOf(count)
        from scale in Gen.Elements(false, true)
        let unit = Math.Pow(10, exponent)
        select (x.Select(value => value * unit).ToArray(), y.Select(value => value * unit).ToArray(), scale);

    [Fact]
    public void Texts_stay_inside_the_picture_and_do_not_run_into_each_other() =>
        Laws.Hold(
            s_charts,
            chart =>
            {
                var boxes = Draw(chart.X, chart.Y, chart.IsLogarithmic).Elements().Where(IsText).Select(Box).ToList();
                Assert.All(boxes, box => Assert.InRange(box.Left, 0, box.Right));
                Assert.All(boxes, box => Assert.InRange(box.Right, box.Left, 720));
                Assert.All(boxes, box => Assert.InRange(box.Top, 0, 420 - 15));
                for (var i = 0; i < boxes.Count; i++)
                {
                    Assert.DoesNotContain(boxes.Skip(i + 1), other => Overlap(boxes[i], other));
                }
            }
        );

    [Fact]
    public void Points_lie_where_their_values_say()
    {
        var picture = Draw([0, 5, 10], [0, 100, 50], isLogarithmic: false);
        var (left, top, right, bottom) = Plot(picture);
        var (x, y) = (Svg.Px((left + right) / 2), Svg.Px((top + bottom) / 2));
        var path = $"M{Svg.Px(left)} {Svg.Px(bottom)}L{x} {Svg.Px(top)}L{Svg.Px(right)} {y}";
        Assert.Equal(path, SeriesPath(picture));
    }

    [Fact]
    public void Values_beyond_an_end_that_was_asked_for_are_outside_the_window()
    {
        var y = new Axis("y") { Maximum = 10 };
        var picture = new LineChart("", new Axis("x"), y, new Series("", [1, 2], [5, 1e300])).Draw();
        Assert.True(double.Parse(SeriesPath(picture).Split(' ')[^1]) < Number(Window(picture), "y"));
    }

    [Fact]
    public void A_long_series_takes_no_more_points_than_pixels_show()
    {
        double[] x = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        var picture = Draw(x, [.. x.Select(value => Math.Sin(value * 12.9898) * 3)], isLogarithmic: false);
        Assert.InRange(SeriesPath(picture).Count(c => c == 'L'), 1000, 4 * 720);
    }

    [Fact]
    public void A_spike_in_a_long_series_is_kept()
    {
        double[] x = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        var picture = Draw(x, [.. x.Select(value => value == 54_321 ? 100.0 : 0.0)], isLogarithmic: false);
        Assert.Contains($" {Svg.Px(Plot(picture).Top)}L", SeriesPath(picture));
    }

    [Theory]
    [InlineData(199, 420, "A picture cannot be 199 pixels wide; choose from 200 to 4,000.")]
    [InlineData(720, 4001, "A picture cannot be 4001 pixels high; choose from 200 to 4,000.")]
    public void A_size_that_cannot_be_read_is_refused(int width, int height, string message) =>
        Assert.StartsWith(
            message,
            Assert
                .Throws<ArgumentOutOfRangeException>(() =>
                    new LineChart("", new Axis(""), new Axis(""), new Series("", [1], [1]))
                    {
                        Width = width,
                        Height = height,
                    }
                )
                .Message
        );

    private static XElement Draw(double[] x, double[] y, bool isLogarithmic) =>
        new LineChart(
            "A title",
            new Axis("x") { IsLogarithmic = isLogarithmic },
            new Axis("y") { IsLogarithmic = isLogarithmic },
            new Series("", x, y)
        ).Draw();

    private static bool IsText(XElement element) => element.Name.LocalName == "text";

    /// <summary>The part of the picture that series may be drawn in.</summary>
    private static XElement Window(XElement picture) => picture.Element(picture.Name)!;

    /// <summary>The data of the only series' path.</summary>
    private static string SeriesPath(XElement picture) =>
        Assert.Single(Window(picture).Elements()).Attribute("d")!.Value;

    /// <summary>The ends of the plot, from the path of the axes, which begins M LEFT TOP V BOTTOM H RIGHT.</summary>
    private static (double Left, double Top, double Right, double Bottom) Plot(XElement picture)
    {
        var axes = picture.Elements().Single(element => element.Attribute("class")?.Value == "edge");
        double[] ends =
        [
            .. axes.Attribute("d")!
                .Value.Split('M', ' ', 'V', 'H')
                .Skip(1)
                .Take(4)
                .Select(end => double.Parse(end, CultureInfo.InvariantCulture)),
        ];
        return (ends[0], ends[1], ends[3], ends[2]);
    }

    private static (double Left, double Right, double Top, double Bottom) Box(XElement label)
    {
        var (x, y, style) = (Number(label, "x"), Number(label, "y"), label.Attribute("class")?.Value ?? "");
        var size = style == "title" ? StyleSheet.TitleSize : StyleSheet.TextSize;
        var width = TextLayout.Width(label.Value, size);
        var left =
            style.Contains("end") ? x - width
            : style.Contains("middle") ? x - (width / 2)
            : x;
        return (left, left + width, y - (size * 0.75), y);
    }

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    private static bool Overlap(
        (double Left, double Right, double Top, double Bottom) a,
        (double Left, double Right, double Top, double Bottom) b
    ) => a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
