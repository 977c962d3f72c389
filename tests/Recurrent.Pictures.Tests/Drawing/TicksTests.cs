using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Recurrent.Pictures.Drawing;
using Recurrent.Tests;

namespace Recurrent.Pictures.Tests.Drawing;

public sealed class TicksTests
{
    private static readonly Gen<(double Minimum, double Maximum, int Most)> s_ranges =
        from mantissa in Gen.Choose(-9999, 9999)
        from length in Gen.Choose(1, 9999)
        from exponent in Gen.Choose(-12, 12)
        from most in Gen.Choose(1, 12)
        let unit = Math.Pow(10, exponent)
        select (mantissa * unit, (mantissa + length) * unit, most);

    [Theory]
    [InlineData(0, 25, 5, "0 5 10 15 20 25")]
    [InlineData(1, 500, 8, "0 100 200 300 400 500")]
    [InlineData(-1.2, 1.4, 5, "−2 −1 0 1 2")]
    [InlineData(0.1, 0.35, 5, "0.10 0.15 0.20 0.25 0.30 0.35")]
    [InlineData(61000, 68000, 3, "60,000 65,000 70,000")]
    [InlineData(0, 3e8, 3, "0 1e8 2e8 3e8")]
    [InlineData(0, 4e-7, 4, "0e0 1e−7 2e−7 3e−7 4e−7")]
    public void Linear_marks_are_round_numbers(double minimum, double maximum, int most, string expected) =>
        Assert.Equal(expected, string.Join(' ', LinearTicks.Around(minimum, maximum, most).Select(tick => tick.Text)));

    [Theory]
    [InlineData(1, 5000, 6, "1 10 100 1,000")]
    [InlineData(1, 20, 6, "1 2 5 10 20")]
    [InlineData(6, 20, 3, "7 10 20")]
    [InlineData(0.001, 0.2, 4, "0.001 0.01 0.1")]
    [InlineData(0.95, 100, 4, "1 2 5 10 20 50 100")]
    [InlineData(1.1, 1.5, 4, "1.1 1.2 1.3 1.4 1.5")]
    [InlineData(1e-9, 1e9, 6, "10⁻⁹ 10⁻⁶ 0.001 1 1,000 1,000,000 10⁹")]
    public void Logarithmic_marks_are_powers_of_ten(double minimum, double maximum, int most, string expected) =>
        Assert.Equal(expected, string.Join(' ', LogTicks.Of(minimum, maximum, most).Select(tick => tick.Text)));

    [Fact]
    public void Linear_marks_cover_the_range_evenly_and_say_what_they_are() =>
        Laws.Hold(
            s_ranges,
            range =>
            {
                var ticks = LinearTicks.Around(range.Minimum, range.Maximum, range.Most);
                var step = ticks[1].Value - ticks[0].Value;
                Assert.InRange(ticks.Count, 2, range.Most + 2);
                Assert.InRange(ticks[0].Value, range.Minimum - (1.001 * step), range.Minimum + (0.001 * step));
                Assert.InRange(ticks[^1].Value, range.Maximum - (0.001 * step), range.Maximum + (1.001 * step));
                Assert.All(
                    ticks.Zip(ticks.Skip(1)),
                    two => Assert.InRange(two.Second.Value - two.First.Value, 0.999 * step, 1.001 * step)
                );
                Assert.Equal(ticks.Count, ticks.Select(tick => tick.Text).Distinct().Count());
                Assert.All(ticks, tick => Assert.InRange(Read(tick.Text) - tick.Value, -0.01 * step, 0.01 * step));
            }
        );

    [Theory]
    [InlineData(4, 47, 3, "5 10 20")]
    [InlineData(4, 47, 2, "5 10 20")]
    [InlineData(1.1, 900, 4, "3 10 30 100 300")]
    [InlineData(1.03, 1.04, 2, "1.030 1.035 1.040")]
    public void A_range_of_one_or_two_decades_has_three_marks_too(
        double minimum,
        double maximum,
        int most,
        string expected
    ) => Assert.Equal(expected, string.Join(' ', LogTicks.Of(minimum, maximum, most).Select(tick => tick.Text)));

    [Fact]
    public void Any_linear_range_has_three_marks_with_texts_of_their_own() =>
        Laws.Hold(
            s_ranges.Where(range => range.Most > 1),
            range => AssertLegible(LinearTicks.Within(range.Minimum, range.Maximum, range.Most), range)
        );

    [Fact]
    public void Any_logarithmic_range_has_three_marks_with_texts_of_their_own() =>
        Laws.Hold(
            from start in Gen.Choose(-900, 900)
            from decades in Gen.Choose(1, 1500)
            from most in Gen.Choose(2, 12)
            let minimum = Math.Pow(10, start / 100.0)
            select (Minimum: minimum, Maximum: minimum * Math.Pow(10, decades / 100.0), Most: most),
            range => AssertLegible(LogTicks.Of(range.Minimum, range.Maximum, range.Most), range)
        );

    [Fact]
    public void Every_axis_shows_three_marks() =>
        Laws.Hold(
            from values in Gen.Choose(1, 1_000_000).ListOf()
            from unit in Gen.Elements(1e-6, 1e-3, 0.1, 1, 1000)
            from isLog in Gen.Elements(true, false)
            from isTight in Gen.Elements(true, false)
            from isFromZero in Gen.Elements(true, false)
            from most in Gen.Choose(2, 9)
            where values.Count > 0
            select (Values: values.Select(value => value * unit).ToArray(), isLog, isTight, isFromZero, most),
            chart =>
            {
                var axis = new Axis("x") { IsLogarithmic = chart.isLog };
                axis = chart.isFromZero && !chart.isLog ? axis with { Minimum = 0 } : axis;
                Assert.InRange(Scale.Of(axis, chart.Values, chart.most, chart.isTight).Ticks.Count, 3, 20);
            }
        );

    [Theory]
    [InlineData(1, 1, "0 1 2")]
    [InlineData(1, 2, "1 2 3")]
    [InlineData(1, 3, "1 2 3")]
    [InlineData(7, 8, "7 8 9")]
    public void An_axis_of_few_whole_numbers_is_longer_than_they_are(int first, int last, string expected) =>
        Assert.Equal(
            expected,
            string.Join(
                ' ',
                Scale.Of(new Axis("epoch"), [first, last], 8, isTight: true).Ticks.Select(tick => tick.Text)
            )
        );

    [Fact]
    public void Whole_values_have_whole_marks() =>
        Laws.Hold(
            Gen.Choose(1, 40),
            last => LinearTicks.Around(0, last, 8, isWhole: true).All(tick => double.IsInteger(tick.Value))
        );

    private static void AssertLegible(IReadOnlyList<Tick> ticks, (double Minimum, double Maximum, int Most) range)
    {
        var room = (range.Maximum - range.Minimum) * 1e-6;
        Assert.InRange(ticks.Count, 3, 20);
        Assert.All(ticks, tick => Assert.InRange(tick.Value, range.Minimum - room, range.Maximum + room));
        Assert.Equal(ticks.Count, ticks.Select(tick => tick.Text).Distinct().Count());
    }

    private static double Read(string text) =>
        double.Parse(text.Replace('\u2212', '-'), NumberStyles.Any, CultureInfo.InvariantCulture);
}
