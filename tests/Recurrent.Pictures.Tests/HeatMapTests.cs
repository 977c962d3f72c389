using System.Globalization;
using System.Xml.Linq;

namespace Recurrent.Pictures.Tests;

public sealed class HeatMapTests
{
    [Theory]
    [InlineData(new[] { 0.4311, 0.2, 0.0004 }, "0.431 0.200 0.000")]
    [InlineData(new[] { -1.5, 0.25, -0.001 }, "−1.50 0.25 0.00")]
    [InlineData(new[] { 0, 1.0 }, "0 1")]
    [InlineData(new[] { 0.5, 1 }, "0.5 1.0")]
    [InlineData(new[] { 20, 50.0 }, "20 50")]
    [InlineData(new[] { 99.94, 7 }, "99.9 7.0")]
    [InlineData(new[] { 1234.4, 7 }, "1,234 7")]
    [InlineData(new[] { 4e-7, 0 }, "4e−7 0")]
    public void All_cells_have_as_many_decimals(double[] values, string expected) =>
        Assert.Equal(
            expected,
            string.Join(' ', Texts(MapOf(values)).Where(text => text.Style.Contains("on-")).Select(text => text.Value))
        );

    [Theory]
    [InlineData(new[] { 9.11e-6, 0.831 }, "0", "0.831")]
    [InlineData(new[] { -40, -0.5 }, "−40", "0")]
    [InlineData(new[] { 3, 4.5 }, "3", "4.5")]
    public void Colours_begin_at_zero_where_the_numbers_nearly_do(double[] values, string low, string high)
    {
        var texts = Texts(MapOf(values)).Where(text => text.Style.StartsWith("quiet", StringComparison.Ordinal));
        Assert.Equal([low, high], texts.Take(2).Select(text => text.Value));
    }

    [Fact]
    public void Each_of_28_single_characters_is_written_below_its_column()
    {
        string[] alphabet = [.. "?␣etainoshrdlmucfwgypbvkxzjq".Select(letter => $"{letter}")];
        var map = new HeatMap("", ["step 3, row 1: h → ␣"], alphabet, [new double[28]], "");
        Assert.Equal(alphabet, Texts(map).Select(text => text.Value).Where(alphabet.Contains));
    }

    [Fact]
    public void An_outline_lies_inside_its_cell_and_the_columns_have_a_title_below_their_names()
    {
        var map = new HeatMap("", ["a", "b"], ["x", "y"], [new double[2], new double[2]], "unit")
        {
            Outlined = [(1, 0)],
            ColumnTitle = "hidden unit",
        };
        var drawn = map.Draw();
        var outline = Boxes(drawn, "line s1").Single();
        var cell = Boxes(drawn, "area")[^2]; // all are of one colour, the four cells after the bar
        Assert.Equal([cell[0] + 1, cell[1] + 1, cell[2] - 2, cell[3] - 2], outline);
        var texts = drawn.Descendants().Where(part => part.Name.LocalName == "text").ToArray();
        Assert.True(Y(texts.Single(text => text.Value == "hidden unit")) > Y(texts.Single(text => text.Value == "x")));
        var chinese = map.Translated(text => text == "hidden unit" ? "隐藏单元" : text);
        Assert.Equal(map.ToSvg().Replace("hidden unit", "隐藏单元"), chinese.ToSvg());
    }

    private static HeatMap MapOf(double[] values) =>
        new("", ["row"], [.. values.Select((_, i) => $"column {i}")], [values], "") { Width = 1000 };

    private static (string Value, string Style)[] Texts(HeatMap map) =>
        [
            .. map.Draw()
                .Descendants()
                .Where(part => part.Name.LocalName == "text")
                .Select(part => (part.Value, part.Attribute("class")?.Value ?? "")),
        ];

    /// <summary>Left, top, width and height of each rectangle, drawn as M left top h v h z.</summary>
    private static double[][] Boxes(XElement drawn, string style) =>
        [
            .. drawn
                .Descendants()
                .First(part => part.Attribute("class")?.Value == style)
                .Attribute("d")!
                .Value.Split('z', StringSplitOptions.RemoveEmptyEntries)
                .Select(box => box.Split(['M', 'h', 'v', ' '], StringSplitOptions.RemoveEmptyEntries)[..4])
                .Select(box => box.Select(number => Number(number)).ToArray()),
        ];

    private static double Y(XElement text) => Number(text.Attribute("y")!.Value);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
