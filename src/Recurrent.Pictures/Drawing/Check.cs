using System.Runtime.CompilerServices;

namespace Recurrent.Pictures.Drawing;

/// <summary>What can be drawn; anything else is told by name, value and way out.</summary>
internal static class Check
{
    private const int MaxCells = 10_000;

    /// <summary>The series of one chart can be drawn along its axes.</summary>
    /// <exception cref="ArgumentException">They cannot.</exception>
    public static void Chart(Axis x, Axis y, IReadOnlyList<Series> series)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(series);
        Require(series.Count > 0, "A chart has no series; give at least one.");
        Require(
            series.Count <= Palette.Series.Count,
            $"A chart has {series.Count} series and {Palette.Series.Count} can be told apart; draw two charts."
        );
        Ends(x);
        Ends(y);
        foreach (var one in series)
        {
            Require(one.X.Count > 0, $"The series {Name(one)} is empty; give it at least one point.");
            Require(
                one.X.Count == one.Y.Count,
                $"The series {Name(one)} has {one.X.Count} places and {one.Y.Count} heights; give it as many of both."
            );
            Values(one.X, x, $"A place of the series {Name(one)}");
            Values(one.Y, y, $"A height of the series {Name(one)}");
        }
    }

    /// <summary>A size in pixels is one that a picture can have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static int Size(int pixels, [CallerArgumentExpression(nameof(pixels))] string? name = null) =>
        pixels is >= 200 and <= 4000
            ? pixels
            : throw new ArgumentOutOfRangeException(
                name,
                pixels,
                $"A picture cannot be {pixels} pixels {(name == "Width" ? "wide" : "high")}; choose from 200 to 4,000."
            );

    /// <summary>A heat-map can be drawn.</summary>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void HeatMap(
        IReadOnlyList<string> rows,
        IReadOnlyList<string> columns,
        IReadOnlyList<IReadOnlyList<double>> values
    )
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(values);
        Grid(values, "The heat-map");
        var (height, width) = (values.Count, values[0].Count);
        Require(
            (long)height * width <= MaxCells,
            $"The heat-map has {(long)height * width:#,0} cells and {MaxCells:#,0} can be told apart; draw a part of it."
        );
        Require(
            rows.Count == height,
            $"The heat-map has {height} rows and {rows.Count} names for them; name each."
        );
        Require(
            columns.Count == width,
            $"The heat-map has {width} columns and {columns.Count} names for them; name each."
        );
        for (var i = 0; i < height; i++)
        {
            for (var j = 0; j < width; j++)
            {
                Require(
                    double.IsFinite(values[i][j]),
                    $"The number in row {i}, column {j} of the heat-map is {values[i][j]} and has no colour; give a finite one."
                );
            }
        }
    }

    /// <summary>A picture of shapes can be drawn.</summary>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void Shapes(IReadOnlyList<ShapePart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Require(parts.Count > 0, "A picture of shapes has no parts; give at least one matrix.");
        foreach (var matrix in parts.OfType<Matrix>())
        {
            Grid(matrix.Cells, $"The matrix {matrix.Name}");
        }
        var cells = parts.OfType<Matrix>().Sum(matrix => (long)matrix.Cells.Count * matrix.Cells[0].Count);
        Require(
            cells <= MaxCells,
            $"The matrices have {cells:#,0} cells and {MaxCells:#,0} can be told apart; draw a part of them."
        );
    }

    /// <summary>A grid has cells, and as many in each row.</summary>
    /// <exception cref="ArgumentException">It has not.</exception>
    public static void Grid<T>(IReadOnlyList<IReadOnlyList<T>> rows, string what)
    {
        Require(rows.Count > 0 && rows[0].Count > 0, $"{what} has no cells; give it at least one.");
        for (var i = 1; i < rows.Count; i++)
        {
            Require(
                rows[i].Count == rows[0].Count,
                $"{what} has {rows[i].Count} cells in row {i} and {rows[0].Count} in row 0; give each row as many."
            );
        }
    }

    /// <summary>Throws the message unless the condition holds.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }

    private static void Ends(Axis axis)
    {
        foreach (var end in (double?[])[axis.Minimum, axis.Maximum])
        {
            if (end is { } value)
            {
                Values([value], axis, $"An end of the axis \"{axis.Label}\"");
            }
        }
        Require(
            !(axis.Minimum >= axis.Maximum),
            $"The axis \"{axis.Label}\" begins at {axis.Minimum} and ends at {axis.Maximum}; let it end above its beginning."
        );
    }

    private static void Values(IReadOnlyList<double> values, Axis axis, string what)
    {
        for (var i = 0; i < values.Count; i++)
        {
            Require(
                double.IsFinite(values[i]),
                $"{what} is {values[i]} (at {i}) and cannot be drawn; leave it out."
            );
            Require(
                axis.Scale == AxisScale.Linear || values[i] > 0,
                $"{what} is {values[i]} (at {i}) and a logarithmic axis holds values above 0; leave it out or "
                    + "use a linear axis."
            );
        }
    }

    private static string Name(Series series) => $"\"{series.Name}\"";
}
