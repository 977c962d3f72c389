using FsCheck.Fluent;
using Recurrent.Cli.Output;
using Recurrent.Cli.Tests.Support;
using Recurrent.Tests;

namespace Recurrent.Cli.Tests.Output;

public sealed class PerplexityCurveTests
{
    private static readonly double s_loss = Math.Log(28);

    [Fact]
    public void Falls_from_the_highest_perplexity_to_the_lowest() =>
        Assert.Equal(
            ["28.0┐⠑⢄", "5.29┤  ⠑⢄", "1.00┘    ⠑⢄"],
            Draw([.. Enumerable.Range(0, 12).Select(i => s_loss * (11 - i) / 11)], 12, 11, 3)
        );

    [Fact]
    public void Leaves_room_for_the_epochs_to_come() =>
        Assert.Equal(["28.0┐⠱⡀", "27.3┤ ⠱⡀", "26.6┘  ⠱"], Draw([s_loss, s_loss - 0.05], 3, 11, 3));

    [Fact]
    public void A_steep_fall_has_no_holes() => Assert.Equal(["28.0┐⢱", "5.29┤⢸", "1.00┘⢸"], Draw([s_loss, 0], 2, 6, 3));

    [Fact]
    public void One_epoch_of_many_is_a_dot() => Assert.Equal(["29.4┐", "28.0┘⡀"], Draw([s_loss], 500, 20, 2));

    [Fact]
    public void The_validation_is_a_broken_line_with_a_mark_at_its_best()
    {
        double[] losses = [4, 3, 2, 1];
        double?[] validation = [4, 3.5, 3.2, 3.8];
        var lines = PerplexityCurve.Draw(losses, validation, best: 3, epochs: 4, width: 26, height: 8);
        Golden.Check("perplexity-curve.txt", string.Join('\n', Text(lines)));
        Assert.Equal(
            [CurvePart.Axis, CurvePart.Training, CurvePart.Validation, CurvePart.Best],
            lines.SelectMany(line => line).Select(piece => piece.Part).Distinct().Order()
        );
    }

    [Fact]
    public void Without_a_finite_validation_there_is_no_mark() =>
        Assert.DoesNotContain(
            PerplexityCurve.BestMark,
            string.Concat(Text(PerplexityCurve.Draw([4, 3], [double.NaN, double.PositiveInfinity], 1, 2, 20, 5)))
        );

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(40)]
    public void Fits_any_space(int size)
    {
        for (var other = 0; other <= 40; other += 5)
        {
            var lines = Draw([3.3, 2, 5000, 0.1], 500, size, other);
            Assert.True(lines.Length <= other);
            Assert.All(lines, line => Assert.True(line.Length <= size));
        }
    }

    [Fact]
    public void Nothing_is_drawn_of_nothing() => Assert.Empty(Draw([], 500, 40, 8));

    [Fact]
    public void Three_rows_or_more_have_three_different_labels_or_more() =>
        Laws.Hold(
            from first in Gen.Choose(1, 9000)
            from fall in Gen.Choose(0, 9000)
            from rows in Gen.Choose(3, 20)
            select (First: first / 1000.0, Last: (first - Math.Min(fall, first)) / 1000.0, rows),
            run =>
            {
                var labels = Draw([run.First, run.Last], 2, 40, run.rows)
                    .Where(line => line.IndexOfAny(['┐', '┤', '┘']) >= 0)
                    .Select(line => line.Split('┐', '┤', '┘')[0])
                    .ToArray();
                Assert.InRange(labels.Length, 3, 20);
                Assert.Equal(labels.Length, labels.Distinct().Count());
            }
        );

    private static string[] Draw(double[] losses, int epochs, int width, int height) =>
        Text(PerplexityCurve.Draw(losses, new double?[losses.Length], 0, epochs, width, height));

    private static string[] Text(IReadOnlyList<IReadOnlyList<(string Text, CurvePart Part)>> lines) =>
        [.. lines.Select(line => string.Concat(line.Select(piece => piece.Text)))];
}
