using Recurrent.Cli.Output;

namespace Recurrent.Cli.Tests.Output;

public sealed class PerplexityCurveTests
{
    private static readonly double s_loss = Math.Log(28);

    [Fact]
    public void Falls_from_the_first_perplexity_to_one() =>
        Assert.Equal(
            ["28.0┐⠑⢄", "    │  ⠑⢄", "   1┘    ⠑⢄"],
            PerplexityCurve.Draw([.. Enumerable.Range(0, 12).Select(i => s_loss * (11 - i) / 11)], 12, 11, 3)
        );

    [Fact]
    public void Leaves_room_for_the_epochs_to_come() =>
        Assert.Equal(
            ["28.0┐⠉⠉⠉", "    │", "   1┘"],
            PerplexityCurve.Draw([.. Enumerable.Repeat(s_loss, 6)], 12, 11, 3)
        );

    [Fact]
    public void A_steep_fall_has_no_holes() =>
        Assert.Equal(["28.0┐⢱", "    │⢸", "   1┘⢸"], PerplexityCurve.Draw([s_loss, 0], 2, 6, 3));

    [Fact]
    public void One_epoch_of_many_is_a_dot() =>
        Assert.Equal(["28.0┐⠁", "   1┘"], PerplexityCurve.Draw([s_loss], 500, 20, 2));

    [Fact]
    public void Only_one_epoch_is_drawn_over_all_columns() =>
        Assert.Equal(["28.0┐⠉⠉", "   1┘"], PerplexityCurve.Draw([s_loss], 1, 7, 2));

    [Fact]
    public void A_perplexity_of_one_lies_at_the_bottom() =>
        Assert.Equal(["1.00┐", "   1┘⣀"], PerplexityCurve.Draw([0, 0], 2, 6, 2));

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
            var lines = PerplexityCurve.Draw([3.3, 2, 5000, 0.1], 500, size, other);
            Assert.True(lines.Count <= other);
            Assert.All(lines, line => Assert.True(line.Length <= size));
        }
    }

    [Fact]
    public void Nothing_is_drawn_of_nothing() => Assert.Empty(PerplexityCurve.Draw([], 500, 40, 8));
}
