namespace Recurrent.Pictures.Tests;

/// <summary>What cannot be drawn is told by name, value and way out.</summary>
public sealed class DrawableTests
{
    private static readonly Axis s_x = new("x");
    private static readonly Axis s_log = new("x") { IsLogarithmic = true };

    [Fact]
    public void A_chart_needs_series() =>
        Fails("A chart has no series; give at least one.", () => new LineChart("", s_x, s_x));

    [Fact]
    public void A_chart_has_as_many_series_as_can_be_told_apart()
    {
        var one = new Series("a", [1], [1]);
        _ = new LineChart("", s_x, s_x, one, one, one, one, one, one);
        Fails(
            "A chart has 7 series and 6 can be told apart; draw two charts.",
            () => new LineChart("", s_x, s_x, one, one, one, one, one, one, one)
        );
    }

    [Fact]
    public void A_series_needs_points() =>
        Fails(
            "The series \"a\" is empty; give it at least one point.",
            () => new LineChart("", s_x, s_x, new Series("a", [], []))
        );

    [Fact]
    public void A_series_has_as_many_places_as_heights() =>
        Fails(
            "The series \"a\" has 2 places and 1 heights; give it as many of both.",
            () => new LineChart("", s_x, s_x, new Series("a", [1, 2], [1]))
        );

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Values_are_finite(double value, string text)
    {
        Fails(
            $"A height of the series \"a\" is {text} (at 1) and cannot be drawn; leave it out.",
            () => new LineChart("", s_x, s_x, new Series("a", [1, 2], [1, value]))
        );
        Fails(
            $"The number in row 0, column 1 of the heat-map is {text} and has no colour; give a finite one.",
            () =>
                new HeatMap(
                    "",
                    ["r"],
                    ["a", "b"],
                    [
                        [1, value],
                    ],
                    ""
                )
        );
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1.5, "-1.5")]
    public void A_logarithmic_axis_holds_values_above_zero(double value, string text) =>
        Fails(
            $"A place of the series \"a\" is {text} (at 0) and a logarithmic axis holds values above 0; leave it out "
                + "or use a linear axis.",
            () => new LineChart("", s_log, s_x, new Series("a", [value], [1]))
        );

    [Fact]
    public void An_axis_ends_above_its_beginning() =>
        Fails(
            "The axis \"x\" begins at 2 and ends at 1; let it end above its beginning.",
            () => new LineChart("", s_x with { Minimum = 2, Maximum = 1 }, s_x, new Series("a", [1], [1]))
        );

    [Fact]
    public void The_end_of_a_logarithmic_axis_is_above_zero() =>
        Fails(
            "An end of the axis \"x\" is 0 (at 0) and a logarithmic axis holds values above 0; leave it out or use a "
                + "linear axis.",
            () => new LineChart("", s_log with { Minimum = 0 }, s_x, new Series("a", [1], [1]))
        );

    [Fact]
    public void A_heat_map_names_each_row_and_column()
    {
        Fails(
            "The heat-map has 1 rows and 2 names for them; name each.",
            () =>
                new HeatMap(
                    "",
                    ["r", "s"],
                    ["a"],
                    [
                        [1],
                    ],
                    ""
                )
        );
        Fails(
            "The heat-map has 1 columns and 0 names for them; name each.",
            () =>
                new HeatMap(
                    "",
                    ["r"],
                    [],
                    [
                        [1],
                    ],
                    ""
                )
        );
    }

    [Fact]
    public void A_matrix_names_each_row_and_column_or_none()
    {
        string[][] cells =
        [
            ["1", "2"],
        ];
        Fails(
            "The matrix W has 1 rows and 2 names for them; name each, or none.",
            () => new MatrixShapes("", ShapePart.Matrix("W", [], cells, rows: ["a", "b"]))
        );
        Fails(
            "The matrix W has 2 columns and 1 names for them; name each, or none.",
            () => new MatrixShapes("", ShapePart.Matrix("W", [], cells, columns: ["a"]))
        );
    }

    [Fact]
    public void An_outlined_cell_is_in_the_heat_map() =>
        Fails(
            "The outlined cell in row 0, column 1 is not among the 1 rows and 1 columns of the heat-map; "
                + "count both from 0.",
            () =>
                new HeatMap(
                    "",
                    ["r"],
                    ["a"],
                    [
                        [1],
                    ],
                    ""
                )
                {
                    Outlined = [(0, 1)],
                }
        );

    [Fact]
    public void Grids_have_cells_in_equal_rows()
    {
        Fails("The heat-map has no cells; give it at least one.", () => new HeatMap("", [], [], [], ""));
        Fails(
            "The matrix W has no cells; give it at least one.",
            () =>
                new MatrixShapes(
                    "",
                    ShapePart.Matrix(
                        "W",
                        [],
                        [
                            [],
                        ]
                    )
                )
        );
        Fails(
            "The matrix W has 1 cells in row 1 and 2 in row 0; give each row as many.",
            () =>
                new MatrixShapes(
                    "",
                    ShapePart.Matrix(
                        "W",
                        [],
                        [
                            ["a", "b"],
                            ["c"],
                        ]
                    )
                )
        );
    }

    [Fact]
    public void There_are_not_more_cells_than_can_be_told_apart()
    {
        var row = Enumerable.Repeat("", 101).ToArray();
        Fails(
            "The matrices have 10,201 cells and 10,000 can be told apart; draw a part of them.",
            () => new MatrixShapes("", ShapePart.Matrix("W", [], [.. Enumerable.Repeat(row, 101)]))
        );
        var numbers = Enumerable.Repeat(0.0, 101).ToArray();
        Fails(
            "The heat-map has 10,201 cells and 10,000 can be told apart; draw a part of it.",
            () => new HeatMap("", row, row, [.. Enumerable.Repeat(numbers, 101)], "")
        );
    }

    [Fact]
    public void A_picture_of_shapes_needs_a_matrix() =>
        Fails("A picture of shapes has no parts; give at least one matrix.", () => new MatrixShapes(""));

    private static void Fails(string message, Func<Picture> draw) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(draw).Message);
}
