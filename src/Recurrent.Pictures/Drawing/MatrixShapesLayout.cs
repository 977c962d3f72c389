using System.Text;

namespace Recurrent.Pictures.Drawing;

/// <summary>Where everything of a picture of shapes stands, in pixels.</summary>
internal sealed class MatrixShapesLayout
{
    private const double Pad = 16;
    private const double Gap = 18; // between parts
    private const double RowGap = 26;
    private const double BelowTitle = 8;
    private const double SignSize = 24;

    private readonly List<Label> _labels = [];
    private readonly List<Sheet> _sheets = [];
    private readonly StringBuilder _grid = new();

    /// <summary>One sheet of cells.</summary>
    public readonly record struct Sheet(double X, double Y, double Width, double Height);

    /// <summary>One part, measured.</summary>
    private sealed record Item(MatrixLayout? Matrix, string Sign, double Width);

    /// <summary>Lays out parts that <see cref="Check"/> has found drawable.</summary>
    public MatrixShapesLayout(string title, IReadOnlyList<ShapePart> parts, double width)
    {
        var rows = Rows([.. parts.Select(Measured)], width - (2 * Pad));
        var needed = rows.Max(WidthOf);
        var titleWidth = TextWidth.Of(title, StyleSheet.TitleSize) * 1.08; // it is written in strong letters
        Width = Math.Ceiling(Math.Max(needed, Math.Min(titleWidth, width - (2 * Pad))) + (2 * Pad));
        var (titles, y) = Heading.Of(title, Pad, Width);
        _labels.AddRange(titles);
        y += titles.Count > 0 ? BelowTitle : 0;
        foreach (var row in rows)
        {
            var (above, below) = (
                row.Max(item => item.Matrix?.Above ?? SignSize),
                row.Max(item => item.Matrix?.Below ?? SignSize)
            );
            var x = Pad;
            foreach (var item in row)
            {
                item.Matrix?.Draw(this, x, y + above);
                if (item.Matrix is null)
                {
                    AddLabel(x + (item.Width / 2), y + above + 8, item.Sign, "sign middle");
                }
                x += item.Width + Gap;
            }
            y += above + below + RowGap;
        }
        Height = Math.Ceiling(y - RowGap + Pad);
    }

    /// <summary>Width of the picture.</summary>
    public double Width { get; }

    /// <summary>Height of the picture.</summary>
    public double Height { get; }

    /// <summary>The sheets, those behind first.</summary>
    public IReadOnlyList<Sheet> Sheets => _sheets;

    /// <summary>The path of the lines between cells.</summary>
    public string Grid => _grid.ToString();

    /// <summary>All texts.</summary>
    public IReadOnlyList<Label> Labels => _labels;

    /// <summary>Draws a sheet over those before it.</summary>
    public void AddSheet(double x, double y, double width, double height) =>
        _sheets.Add(new Sheet(x, y, width, height));

    /// <summary>Draws a line over all sheets.</summary>
    public void AddLine(string path) => _grid.Append(path);

    /// <summary>Writes a text.</summary>
    public void AddLabel(double x, double y, string text, string style) =>
        _labels.Add(new Label(x, y, text, style));

    private static Item Measured(ShapePart part)
    {
        if (part is Matrix matrix)
        {
            var layout = new MatrixLayout(matrix);
            return new Item(layout, "", layout.Width);
        }
        var sign = SafeText.Of(((Operator)part).Sign);
        return new Item(null, sign, TextWidth.Of(sign, SignSize));
    }

    /// <summary>The parts in rows; a sign goes to the next row with the matrix behind it.</summary>
    private static List<List<Item>> Rows(IReadOnlyList<Item> items, double width)
    {
        List<List<Item>> rows =
        [
            [],
        ];
        List<Item> signs = [];
        foreach (var item in items)
        {
            signs.Add(item);
            if (item.Matrix is null)
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
}
