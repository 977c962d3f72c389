namespace Recurrent.Pictures.Tests;

/// <summary>Whole pictures.</summary>
public sealed class GoldenPictureTests
{
    private static readonly double[] s_epochs = [.. Enumerable.Range(1, 50).Select(epoch => (double)epoch)];

    [Fact]
    public void Lines_over_linear_axes() =>
        Golden.Check(
            "lines.svg",
            new LineChart(
                "Training on a story",
                new Axis("epoch"),
                new Axis("perplexity"),
                new Series("training", s_epochs, [.. s_epochs.Select(epoch => 1 + (22 / epoch))]),
                new Series("validation", s_epochs, [.. s_epochs.Select(epoch => 4 + (18 / epoch))])
                {
                    Style = SeriesStyle.Dashed,
                },
                new Series("samples", [10, 20, 30, 40], [12.5, 9, 7, 6]) { Style = SeriesStyle.Points }
            ).ToSvg()
        );

    [Fact]
    public void Lines_over_logarithmic_axes()
    {
        double[] ranks = [.. Enumerable.Range(0, 12).Select(i => (double)(1 << i))];
        Golden.Check(
            "log-log.svg",
            new LineChart(
                "How often words stand in a text",
                new Axis("rank") { IsLogarithmic = true },
                new Axis("frequency (times)") { IsLogarithmic = true },
                new Series("words", ranks, [.. ranks.Select(rank => 2261 / rank)]),
                new Series("pairs", ranks, [.. ranks.Select(rank => 309 / Math.Sqrt(rank))])
            ).ToSvg()
        );
    }

    [Fact]
    public void A_heat_map_on_both_sides_of_zero() =>
        Golden.Check(
            "heat-map.svg",
            new HeatMap(
                "Weights of the update gate",
                ["time", "machine", "the time traveller"],
                ["a", "b", "c", "d"],
                [
                    [-1, -0.5, 0, 0.25],
                    [0.123456, 0.5, 1, -0.001],
                    [0.75, -0.75, 2, 0.1],
                ],
                "weight"
            ).ToSvg()
        );

    [Fact]
    public void Matrices_with_signs_between_them() =>
        Golden.Check(
            "shapes.svg",
            new MatrixShapes(
                "One step of the network",
                ShapePart.Matrix(
                    "X",
                    ["2", "1"],
                    [
                        ["0.5"],
                        ["−1.25"],
                    ]
                ),
                ShapePart.Operator("·"),
                ShapePart.Matrix(
                    "W_xh",
                    ["1", "3"],
                    [
                        ["1", "0", "2"],
                    ],
                    "the same at every step"
                ),
                ShapePart.Operator("+"),
                ShapePart.Matrix(
                    "H",
                    ["2", "3"],
                    [
                        ["0", "0", "0"],
                        ["1", "1", "1"],
                    ]
                ),
                ShapePart.Operator("="),
                ShapePart.Matrix(
                    "",
                    ["B", "H"],
                    [
                        ["", "", ""],
                        ["", "", ""],
                    ]
                ),
                ShapePart.Operator("→"),
                ShapePart.Matrix(
                    "states",
                    ["T", "B", "H"],
                    [
                        ["a", "b"],
                        ["c", "…"],
                    ],
                    "one sheet for each time step"
                )
            ).ToSvg()
        );
}
