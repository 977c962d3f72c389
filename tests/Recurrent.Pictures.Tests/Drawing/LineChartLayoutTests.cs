using FsCheck;
using FsCheck.Fluent;
using Recurrent.Pictures.Drawing;
using Recurrent.Tests;

namespace Recurrent.Pictures.Tests.Drawing;

public sealed class LineChartLayoutTests
{
    private static readonly Gen<(double[] X, double[] Y, AxisScale Scale)> s_charts =
        from count in Gen.Choose(1, 30)
        from exponent in Gen.Choose(-9, 9)
        from x in Gen.Choose(1, 100_000).ArrayOf(count)
        from y in Gen.Choose(1, 100_000).ArrayOf(count)
        from scale in Gen.Elements(AxisScale.Linear, AxisScale.Log)
        let unit = Math.Pow(10, exponent)
        select (x.Select(value => value * unit).ToArray(), y.Select(value => value * unit).ToArray(), scale);

    [Fact]
    public void Texts_stay_inside_the_picture_and_do_not_run_into_each_other() =>
        Laws.Hold(
            s_charts,
            chart =>
            {
                var layout = Layout(chart.X, chart.Y, chart.Scale);
                var boxes = layout.Labels.Select(Box).ToList();
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
        var layout = Layout([0, 5, 10], [0, 100, 50], AxisScale.Linear);
        var (left, right, top, bottom) = (layout.Left, layout.Right, layout.Top, layout.Bottom);
        var path =
            $"M{Px.Of(left)} {Px.Of(bottom)}L{Px.Of((left + right) / 2)} {Px.Of(top)}L{Px.Of(right)} {Px.Of((top + bottom) / 2)}";
        Assert.Equal(path, Assert.Single(layout.Strokes).Path);
    }

    [Fact]
    public void Values_beyond_an_end_that_was_asked_for_are_outside_the_clip()
    {
        var layout = new LineChartLayout(
            "",
            new Axis("x"),
            new Axis("y") { Maximum = 10 },
            [new Series("", [1, 2], [5, 1e300])],
            720,
            420
        );
        var path = Assert.Single(layout.Strokes).Path;
        Assert.True(double.Parse(path.Split(' ')[^1]) < layout.Clip.Y);
    }

    [Fact]
    public void A_long_series_takes_no_more_points_than_pixels_show()
    {
        double[] x = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        var layout = Layout(x, [.. x.Select(value => Math.Sin(value * 12.9898) * 3)], AxisScale.Linear);
        Assert.InRange(Assert.Single(layout.Strokes).Path.Count(c => c == 'L'), 1000, 4 * 720);
    }

    [Fact]
    public void A_spike_in_a_long_series_is_kept()
    {
        double[] x = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        var layout = Layout(x, [.. x.Select(value => value == 54_321 ? 100.0 : 0.0)], AxisScale.Linear);
        Assert.Contains($" {Px.Of(layout.Top)}L", Assert.Single(layout.Strokes).Path);
    }

    private static LineChartLayout Layout(double[] x, double[] y, AxisScale scale) =>
        new(
            "A title",
            new Axis("x") { Scale = scale },
            new Axis("y") { Scale = scale },
            [new Series("", x, y)],
            720,
            420
        );

    private static (double Left, double Right, double Top, double Bottom) Box(Label label)
    {
        var size = label.Style == "title" ? StyleSheet.TitleSize : StyleSheet.TextSize;
        var width = TextWidth.Of(label.Text, size);
        var left =
            label.Style.Contains("end") ? label.X - width
            : label.Style.Contains("middle") ? label.X - (width / 2)
            : label.X;
        return (left, left + width, label.Y - (size * 0.75), label.Y);
    }

    private static bool Overlap(
        (double Left, double Right, double Top, double Bottom) a,
        (double Left, double Right, double Top, double Bottom) b
    ) => a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
