namespace Recurrent.Pictures.Drawing;

/// <summary>One matrix with its name, shape and caption, measured and then placed, in pixels.</summary>
internal sealed class MatrixLayout
{
    private const double CellHeight = 28;
    private const double LeastCellWidth = 28;
    private const double CellPad = 12;
    private const double LineHeight = 20;
    private const double NameHeight = 24;
    private const double SheetOffset = 6;
    private const int Sheets = 3; // drawn of a tensor
    private const double WidestCaption = 300;

    private readonly Matrix _matrix;
    private readonly double[] _columns; // widths (columns)
    private readonly string _shape;
    private readonly IReadOnlyList<string> _caption;
    private readonly double _depth; // by which the sheets behind stand out

    /// <summary>Measures a matrix that <see cref="Check"/> has found drawable.</summary>
    public MatrixLayout(Matrix matrix)
    {
        _matrix = matrix;
        _columns =
        [
            .. Enumerable
                .Range(0, matrix.Cells[0].Count)
                .Select(j =>
                    matrix.Cells.Max(row => TextWidth.OfCode(SafeText.Of(row[j]), StyleSheet.TextSize))
                )
                .Select(width => Math.Max(LeastCellWidth, width + CellPad)),
        ];
        _shape = matrix.Shape.Count > 0 ? SafeText.Of($"({string.Join(", ", matrix.Shape)})") : "";
        _depth = matrix.Shape.Count > 2 ? (Sheets - 1) * SheetOffset : 0;
        var (gridWidth, gridHeight) = (_columns.Sum(), matrix.Cells.Count * CellHeight);
        _caption = matrix.Caption is { } caption
            ? TextLines.Of(caption, StyleSheet.TextSize, Math.Max(gridWidth, WidestCaption))
            : [];
        Above = (matrix.Name.Length > 0 ? NameHeight : 0) + _depth + (gridHeight / 2);
        Below = (gridHeight / 2) + 2 + ((_caption.Count + (_shape.Length > 0 ? 1 : 0)) * LineHeight);
        Width = _caption
            .Select(line => TextWidth.Of(line, StyleSheet.TextSize))
            .Append(TextWidth.OfCode(_shape, StyleSheet.TextSize))
            .Append(TextWidth.Of(matrix.Name, StyleSheet.TextSize) * 1.08) // it is written in strong letters
            .Append(gridWidth + _depth)
            .Max();
    }

    /// <summary>Width of all of it.</summary>
    public double Width { get; }

    /// <summary>From the upper end to the middle of the grid.</summary>
    public double Above { get; }

    /// <summary>From the middle of the grid to the lower end.</summary>
    public double Below { get; }

    /// <summary>Draws the matrix.</summary>
    /// <param name="drawing">What to draw on.</param>
    /// <param name="left">Left end.</param>
    /// <param name="middle">The height of the grid's middle.</param>
    public void Draw(MatrixShapesLayout drawing, double left, double middle)
    {
        var center = left + (Width / 2);
        var (width, height) = (_columns.Sum(), _matrix.Cells.Count * CellHeight);
        var (x, y) = (center - ((width + _depth) / 2), middle - (height / 2));
        for (var offset = _depth; offset >= 0; offset -= SheetOffset)
        {
            drawing.AddSheet(x + offset, y - offset, width, height);
        }
        DrawGrid(drawing, x, y, width, height);
        if (_matrix.Name.Length > 0)
        {
            drawing.AddLabel(center, y - _depth - 9, SafeText.Of(_matrix.Name), "strong middle");
        }
        var baseline = y + height + LineHeight;
        if (_shape.Length > 0)
        {
            drawing.AddLabel(center, baseline, _shape, "code quiet middle");
            baseline += LineHeight;
        }
        foreach (var line in _caption)
        {
            drawing.AddLabel(center, baseline, line, "quiet middle");
            baseline += LineHeight;
        }
    }

    private void DrawGrid(MatrixShapesLayout drawing, double x, double y, double width, double height)
    {
        for (var i = 1; i < _matrix.Cells.Count; i++)
        {
            drawing.AddLine($"M{Px.Of(x)} {Px.Of(y + (i * CellHeight))}h{Px.Of(width)}");
        }
        var at = x;
        for (var j = 0; j < _columns.Length; j++)
        {
            if (j > 0)
            {
                drawing.AddLine($"M{Px.Of(at)} {Px.Of(y)}v{Px.Of(height)}");
            }
            for (var i = 0; i < _matrix.Cells.Count; i++)
            {
                var text = SafeText.Of(_matrix.Cells[i][j]);
                if (text.Length > 0)
                {
                    drawing.AddLabel(at + (_columns[j] / 2), y + (i * CellHeight) + 19, text, "code middle");
                }
            }
            at += _columns[j];
        }
    }
}
