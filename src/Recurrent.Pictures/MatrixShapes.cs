using System.Text;
using System.Xml.Linq;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>A part of a picture of shapes.</summary>
public abstract class ShapePart
{
    private protected ShapePart() { }

    /// <summary>A matrix, or one sheet of a tensor, drawn as a grid of cells above its shape.</summary>
    /// <param name="name">What it is called, such as <c>W_xh</c>.</param>
    /// <param name="shape">Its sizes, as numbers or names, such as <c>["B", "H"]</c>; three of them draw the
    /// grid as the first sheet of a stack.</param>
    /// <param name="cells">The content of the cells; an empty text is an empty cell (rows, columns).</param>
    /// <param name="caption">A line below it; null for none.</param>
    /// <param name="rows">Names left of the rows, from the top; null for none (rows).</param>
    /// <param name="columns">Names above the columns, from the left; null for none (columns).</param>
    public static ShapePart Matrix(
        string name,
        IReadOnlyList<string> shape,
        IReadOnlyList<IReadOnlyList<string>> cells,
        string? caption = null,
        IReadOnlyList<string>? rows = null,
        IReadOnlyList<string>? columns = null
    ) => new Matrix(name, shape, cells, caption, rows ?? [], columns ?? []);

    /// <summary>A sign between two matrices, such as <c>×</c>, <c>+</c>, <c>=</c> or <c>→</c>.</summary>
    /// <param name="sign">The sign, or a short word.</param>
    /// <example>
    /// <code>
    /// var product = ShapePart.Operator("·");
    /// </code>
    /// </example>
    public static ShapePart Operator(string sign) => new Operator(sign);
}

/// <summary>See <see cref="ShapePart.Matrix"/>.</summary>
internal sealed class Matrix(
    string name,
    IReadOnlyList<string> shape,
    IReadOnlyList<IReadOnlyList<string>> cells,
    string? caption,
    IReadOnlyList<string> rows,
    IReadOnlyList<string> columns
) : ShapePart
{
    public string Name { get; } = name;

    public IReadOnlyList<string> Shape { get; } = shape;

    public IReadOnlyList<IReadOnlyList<string>> Cells { get; } = cells; // (rows, columns)

    public string? Caption { get; } = caption;

    public IReadOnlyList<string> Rows { get; } = rows; // none or (rows)

    public IReadOnlyList<string> Columns { get; } = columns; // none or (columns)
}

/// <summary>See <see cref="ShapePart.Operator"/>.</summary>
internal sealed class Operator(string sign) : ShapePart
{
    public string Sign { get; } = sign;
}

/// <summary>
/// Matrices with the content of their cells, their names above and their shapes below, and signs between them, in as
/// many rows as they need.
/// </summary>
/// <example>
/// <code>
/// var picture = new MatrixShapes(
///     "A product",
///     ShapePart.Matrix("X", ["2", "3"], [["1", "2", "3"], ["4", "5", "6"]]),
///     ShapePart.Operator("·"),
///     ShapePart.Matrix("w", ["3", "1"], [["7"], ["8"], ["9"]])
/// );
/// </code>
/// </example>
public sealed class MatrixShapes : Picture
{
    /// <summary>
    /// A picture of about <see cref="Picture.Width"/>: wider if a matrix is, narrower if the parts need less.
    /// </summary>
    /// <param name="title">The title, which says what the picture shows; empty for none.</param>
    /// <param name="parts">Matrices and the signs between them, from the left; a row that would be wider than the
    /// picture is broken.</param>
    /// <exception cref="ArgumentException">There are no parts; a matrix has no cells, rows of different length, or
    /// names for some of its rows or columns; or there are more than 10,000 cells.</exception>
    public MatrixShapes(string title, params IReadOnlyList<ShapePart> parts)
        : base(title)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Parts = parts;
        Require(parts.Count > 0, "A picture of shapes has no parts; give at least one matrix.");
        Matrix[] matrices = [.. parts.OfType<Matrix>()];
        foreach (var matrix in matrices)
        {
            RequireGrid(matrix.Cells, $"The matrix {matrix.Name}");
            RequireNames(matrix.Name, matrix.Rows, matrix.Cells.Count, "rows");
            RequireNames(matrix.Name, matrix.Columns, matrix.Cells[0].Count, "columns");
        }
        RequireCells(
            matrices.Sum(matrix => (long)matrix.Cells.Count * matrix.Cells[0].Count),
            "The matrices have",
            "them"
        );
    }

    internal IReadOnlyList<ShapePart> Parts { get; }

    /// <inheritdoc/>
    public override MatrixShapes Translated(Func<string, string> translate)
    {
        ArgumentNullException.ThrowIfNull(translate);
        return new(
            translate(Title),
            [
                .. Parts.Select(part =>
                    part is Matrix matrix
                        ? ShapePart.Matrix(
                            translate(matrix.Name),
                            [.. matrix.Shape.Select(translate)],
                            matrix.Cells,
                            matrix.Caption is { } caption ? translate(caption) : null,
                            [.. matrix.Rows.Select(translate)],
                            [.. matrix.Columns.Select(translate)]
                        )
                        : ShapePart.Operator(translate(((Operator)part).Sign))
                ),
            ]
        )
        {
            Width = Width,
        };
    }

    internal override XElement Draw() => new Layout().Draw(this);

    private static void RequireNames(string matrix, IReadOnlyList<string> names, int count, string what) =>
        Require(
            names.Count == 0 || names.Count == count,
            $"The matrix {matrix} has {count} {what} and {names.Count} names for them; name each, or none."
        );
}

/// <summary>The places of everything in a picture of shapes, in pixels.</summary>
file sealed class Layout
{
    private const double Pad = Svg.Pad;
    private const double Gap = 18; // between parts
    private const double RowGap = 26;
    private const double BelowTitle = 8;
    private const double Strong = 1.08; // how much wider strong letters are
    private const double SignSize = 24;
    private const double CellHeight = 28;
    private const double LeastCellWidth = 28;
    private const double CellPad = 12;
    private const double LineHeight = 20;
    private const double NameHeight = 24;
    private const double SheetOffset = 6;
    private const int Sheets = 3; // drawn of a tensor
    private const double WidestCaption = 300;
    private const double BesideRow = 8; // between a row and its name

    private readonly List<XElement> _sheets = []; // those behind first
    private readonly StringBuilder _grid = new();
    private readonly List<XElement> _labels = [];

    /// <summary>One part, measured.</summary>
    /// <param name="IsSign">Whether it is a sign between matrices.</param>
    /// <param name="Width">Width of all of it.</param>
    /// <param name="Above">From the upper end to the middle of the grid.</param>
    /// <param name="Below">From the middle of the grid to the lower end.</param>
    /// <param name="Draw">Draws it, given its left end and the height of the grid's middle.</param>
    private sealed record Item(bool IsSign, double Width, double Above, double Below, Action<double, double> Draw);

    public XElement Draw(MatrixShapes picture)
    {
        var room = picture.Width - (2 * Pad);
        var rows = Rows(picture.Parts.Select(part => part is Matrix m ? Measure(m) : Measure((Operator)part)), room);
        var titleWidth = TextLayout.Width(picture.Title, StyleSheet.TitleSize) * Strong;
        var width = Math.Ceiling(Math.Max(rows.Max(WidthOf), Math.Min(titleWidth, room)) + (2 * Pad));
        var (title, y) = Svg.Heading(picture.Title, width);
        _labels.AddRange(title);
        y += title.Count > 0 ? BelowTitle : 0;
        foreach (var row in rows)
        {
            var (x, above) = (Pad, row.Max(item => item.Above));
            foreach (var item in row)
            {
                item.Draw(x, y + above);
                x += item.Width + Gap;
            }
            y += above + row.Max(item => item.Below) + RowGap;
        }
        var grid = Svg.Path("edge", _grid.ToString());
        return Svg.Root(picture.Title, width, Math.Ceiling(y - RowGap + Pad), _sheets, grid, _labels);
    }

    /// <summary>The parts in rows; a sign goes to the next row with the matrix behind it.</summary>
    private static List<List<Item>> Rows(IEnumerable<Item> items, double width)
    {
        List<List<Item>> rows =
        [
            [],
        ];
        List<Item> signs = [];
        foreach (var item in items)
        {
            signs.Add(item);
            if (item.IsSign)
            {
                continue;
            }
            if (rows[^1].Count > 0 && WidthOf([.. rows[^1], .. signs]) > width)
            {
                rows.Add([]);
            }
            rows[^1].AddRange(signs);
            signs.Clear();
        }
        rows[^1].AddRange(signs);
        return rows;
    }

    private static double WidthOf(List<Item> row) => row.Sum(item => item.Width) + (Gap * (row.Count - 1));

    private Item Measure(Operator part)
    {
        var sign = VisibleText.OneLine(part.Sign);
        var width = TextLayout.Width(sign, SignSize);
        return new Item(
            true,
            width,
            SignSize,
            SignSize,
            (left, middle) => _labels.Add(Svg.Text(left + (width / 2), middle + 8, sign, "sign middle"))
        );
    }

    private Item Measure(Matrix matrix)
    {
        var name = VisibleText.OneLine(matrix.Name);
        string[][] cells = [.. matrix.Cells.Select(row => row.Select(VisibleText.OneLine).ToArray())];
        double[] columns = // widths
        [
            .. Enumerable
                .Range(0, cells[0].Length)
                .Select(j => cells.Max(row => TextLayout.CodeWidth(row[j])) + CellPad)
                .Select(width => Math.Max(LeastCellWidth, width)),
        ];
        var shape = matrix.Shape.Count > 0 ? VisibleText.OneLine($"({string.Join(", ", matrix.Shape)})") : "";
        string[] rows = [.. matrix.Rows.Select(VisibleText.OneLine)];
        string[] columnNames = [.. matrix.Columns.Select(VisibleText.OneLine)];
        for (var j = 0; j < columnNames.Length; j++)
        {
            columns[j] = Math.Max(columns[j], TextLayout.Width(columnNames[j]) + 4);
        }
        var (gridWidth, gridHeight) = (columns.Sum(), cells.Length * CellHeight);
        var beside = rows.Length > 0 ? rows.Max(row => TextLayout.Width(row)) + BesideRow : 0;
        var depth = matrix.Shape.Count > 2 ? (Sheets - 1) * SheetOffset : 0; // by which the sheets behind stand out
        var room = Math.Max(gridWidth, WidestCaption);
        var caption = TextLayout.Wrap(matrix.Caption ?? "", StyleSheet.TextSize, room);
        double[] widths =
        [
            gridWidth + depth,
            TextLayout.Width(name) * Strong,
            TextLayout.CodeWidth(shape),
            .. caption.Select(line => TextLayout.Width(line)),
        ];
        var width = widths.Max();
        var overColumns = columnNames.Length > 0 ? LineHeight : 0;
        var above = (name.Length > 0 ? NameHeight : 0) + overColumns + depth + (gridHeight / 2);
        var below = (gridHeight / 2) + 2 + ((caption.Count + (shape.Length > 0 ? 1 : 0)) * LineHeight);
        return new Item(false, beside + width, above, below, Draw);

        void Draw(double left, double middle)
        {
            var center = left + beside + (width / 2);
            var (x, y) = (center - ((gridWidth + depth) / 2), middle - (gridHeight / 2));
            for (var offset = depth; offset >= 0; offset -= SheetOffset)
            {
                _sheets.Add(Svg.Rectangle("cell", x + offset, y - offset, gridWidth, gridHeight));
            }
            AddGrid(cells, columns, x, y);
            for (var i = 0; i < rows.Length; i++)
            {
                _labels.Add(Svg.Text(x - BesideRow, y + (i * CellHeight) + 19, rows[i], "quiet end"));
            }
            for (var (j, edge) = (0, x); j < columnNames.Length; edge += columns[j++])
            {
                _labels.Add(Svg.Text(edge + (columns[j] / 2), y - depth - 6, columnNames[j], "quiet middle"));
            }
            AddLine(name, y - depth - overColumns - 9, "strong middle");
            var baseline = y + gridHeight;
            AddLine(shape, baseline += shape.Length > 0 ? LineHeight : 0, "code quiet middle");
            foreach (var line in caption)
            {
                AddLine(line, baseline += LineHeight, "quiet middle");
            }

            void AddLine(string text, double y, string style)
            {
                if (text.Length > 0)
                {
                    _labels.Add(Svg.Text(center, y, text, style));
                }
            }
        }
    }

    private void AddGrid(string[][] cells, double[] columns, double x, double y)
    {
        for (var i = 1; i < cells.Length; i++)
        {
            _grid.Append($"M{Svg.Px(x)} {Svg.Px(y + (i * CellHeight))}h{Svg.Px(columns.Sum())}");
        }
        for (var j = 0; j < columns.Length; j++)
        {
            if (j > 0)
            {
                _grid.Append($"M{Svg.Px(x)} {Svg.Px(y)}v{Svg.Px(cells.Length * CellHeight)}");
            }
            for (var i = 0; i < cells.Length; i++)
            {
                if (cells[i][j].Length > 0)
                {
                    var baseline = y + (i * CellHeight) + 19;
                    _labels.Add(Svg.Text(x + (columns[j] / 2), baseline, cells[i][j], "code middle"));
                }
            }
            x += columns[j];
        }
    }
}
