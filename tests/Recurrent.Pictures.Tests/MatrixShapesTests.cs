using System.Globalization;
using System.Xml.Linq;

namespace Recurrent.Pictures.Tests;

public sealed class MatrixShapesTests
{
    private static readonly MatrixShapes s_named = new(
        "",
        ShapePart.Matrix(
            "table",
            ["2", "2"],
            [
                ["a", "b"],
                ["c", "d"],
            ],
            rows: ["token", "times"],
            columns: ["first of all", "next"]
        ),
        ShapePart.Operator("→"),
        ShapePart.Matrix(
            "plain",
            [],
            [
                ["e"],
            ]
        )
    );

    [Fact]
    public void Rows_are_named_on_their_left_and_columns_above_them()
    {
        var (a, d) = (At("a"), At("d"));
        Assert.Equal(a.Y, At("token").Y);
        Assert.Equal(d.Y, At("times").Y);
        Assert.True(At("times").X < a.X);
        Assert.Equal(a.X, At("first of all").X);
        Assert.Equal(d.X, At("next").X);
        Assert.True(At("table").Y < At("next").Y && At("next").Y < a.Y);
        Assert.True(At("next").X - At("first of all").X > 40, "no room for the longer name");
        Assert.True(At("e").X > d.X);
    }

    [Fact]
    public void Another_language_changes_the_names_and_not_the_cells()
    {
        var chinese = s_named
            .Translated(text =>
                text == "times" ? "次数"
                : text == "a" ? "甲"
                : text
            )
            .ToSvg();
        Assert.Contains("次数", chinese);
        Assert.DoesNotContain("甲", chinese);
        Assert.Equal(s_named.ToSvg(), s_named.Translated(text => text).ToSvg());
    }

    private static (double X, double Y) At(string text)
    {
        var element = s_named.Draw().Descendants().Single(part => part.Name.LocalName == "text" && part.Value == text);
        return (Number(element, "x"), Number(element, "y"));
    }

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
