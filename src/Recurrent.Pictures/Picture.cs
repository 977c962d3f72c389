using System.Text;
using Microsoft.AspNetCore.Components;
using Recurrent.Files;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>
/// A picture that needs nothing else to be seen: an SVG with its style inside, legible on light and dark pages. The same
/// numbers give the same bytes.
/// </summary>
public sealed class Picture
{
    private const string Extension = ".svg";

    private readonly string _svg;

    private Picture(string svg) => _svg = svg;

    /// <summary>Lines, dashed lines and points over two axes, 720 × 420 pixels: a <see cref="LineChart"/>.</summary>
    /// <param name="title">What the chart shows; empty for no title.</param>
    /// <param name="x">The axis along the bottom.</param>
    /// <param name="y">The axis along the left side.</param>
    /// <param name="series">What is drawn, 1 to 6 of them.</param>
    /// <exception cref="ArgumentException">There is no series or there are too many, one is empty, has places
    /// and heights of different number, or a value that is not finite, or not above 0 on a logarithmic
    /// axis.</exception>
    public static Picture Lines(string title, Axis x, Axis y, params IReadOnlyList<Series> series) =>
        Of<LineChart>(
            (nameof(LineChart.Title), title),
            (nameof(LineChart.X), x),
            (nameof(LineChart.Y), y),
            (nameof(LineChart.Series), series)
        );

    /// <summary>A table of numbers as colours: a <see cref="Pictures.HeatMap"/>.</summary>
    /// <param name="title">What the picture shows; empty for no title.</param>
    /// <param name="rows">Names of the rows, from the top (rows).</param>
    /// <param name="columns">Names of the columns, from the left (columns).</param>
    /// <param name="values">The numbers, finite (rows, columns).</param>
    /// <param name="unit">What the numbers are, with their unit, such as <c>probability</c>.</param>
    /// <exception cref="ArgumentException">There are no cells or more than 10,000, not as many names as rows or
    /// columns, or a number that is not finite.</exception>
    public static Picture HeatMap(
        string title,
        IReadOnlyList<string> rows,
        IReadOnlyList<string> columns,
        IReadOnlyList<IReadOnlyList<double>> values,
        string unit
    ) =>
        Of<HeatMap>(
            (nameof(Pictures.HeatMap.Title), title),
            (nameof(Pictures.HeatMap.Rows), rows),
            (nameof(Pictures.HeatMap.Columns), columns),
            (nameof(Pictures.HeatMap.Values), values),
            (nameof(Pictures.HeatMap.Unit), unit)
        );

    /// <summary>Matrices with their cells and shapes, and signs between them: <see cref="MatrixShapes"/>.</summary>
    /// <param name="title">What the picture shows; empty for no title.</param>
    /// <param name="parts">Each a <see cref="Matrix"/> or an <see cref="Operator"/>, from the left; they go to another row
    /// where they would be wider than 720 pixels.</param>
    /// <exception cref="ArgumentException">There are no parts, a matrix has no cells or rows of different length, or there
    /// are more than 10,000 cells.</exception>
    public static Picture Shapes(string title, params IReadOnlyList<ShapePart> parts) =>
        Of<MatrixShapes>((nameof(MatrixShapes.Title), title), (nameof(MatrixShapes.Parts), parts));

    /// <summary>The picture as a whole SVG document.</summary>
    public string ToSvg() => _svg;

    /// <summary>Writes the picture as a file, in UTF-8, all of it or nothing.</summary>
    /// <param name="path">The file to create or replace; its name ends in <c>.svg</c> and its folder exists.</param>
    /// <exception cref="ArgumentException">The name does not end in <c>.svg</c>.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the cause.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException(
                $"A picture cannot be saved as {path}: it is an SVG; name a file that ends in {Extension}.",
                nameof(path)
            );
        }
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(_svg)));
    }

    private static Picture Of<TComponent>(params ReadOnlySpan<(string Name, object Value)> parameters)
        where TComponent : IComponent
    {
        var byName = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters)
        {
            ArgumentNullException.ThrowIfNull(value, name);
            byName.Add(name, value);
        }
        return new Picture(StaticRenderer.Render<TComponent>(byName) + "\n");
    }
}
