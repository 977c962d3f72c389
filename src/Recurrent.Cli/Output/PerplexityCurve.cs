using Recurrent.Reports;

namespace Recurrent.Cli.Output;

/// <summary>What a piece of a drawn curve shows.</summary>
internal enum CurvePart
{
    /// <summary>An axis, or nothing.</summary>
    Axis,

    /// <summary>The perplexity of the training text: a line.</summary>
    Training,

    /// <summary>The perplexity of the validation text: a broken line.</summary>
    Validation,

    /// <summary>The epoch with the lowest validation perplexity: <see cref="PerplexityCurve.BestMark"/>.</summary>
    Best,
}

/// <summary>
/// Draws perplexity over epochs in braille dots, 2 by 4 to a character cell. The vertical axis is logarithmic, so that
/// its height shows the loss, and covers the values; the horizontal one leaves room for the epochs to come.
/// </summary>
internal static class PerplexityCurve
{
    /// <summary>The mark of the best epoch.</summary>
    public const char BestMark = '*';

    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const int FirstBraille = 0x2800;
    private const int LowestWithEpochs = 4; // rows
    private const int RowsPerLabel = 3;
    private const int LeastLabels = 3;
    private const double LeastRange = 0.05; // nats, so that labels differ

    // Unicode numbers the dots of a cell down the left side, down the right side, and then along the bottom.
    private static readonly int[,] s_bits =
    {
        { 0x01, 0x08 },
        { 0x02, 0x10 },
        { 0x04, 0x20 },
        { 0x40, 0x80 },
    };

    /// <summary>Draws the curves.</summary>
    /// <param name="losses">The mean loss of each epoch so far, in nats.</param>
    /// <param name="validation">That on the validation text; null for none. As many.</param>
    /// <param name="best">The epoch with the lowest validation loss, from 1; 0 for none.</param>
    /// <param name="epochs">How many epochs there are to be, at least as many.</param>
    /// <param name="width">Columns, with those of the axis.</param>
    /// <param name="height">Rows, with that of the axis.</param>
    /// <returns>
    /// As many lines as rows, none wider than the columns, in pieces; none at all where there is nothing to draw or no
    /// room.
    /// </returns>
    public static IReadOnlyList<IReadOnlyList<(string Text, CurvePart Part)>> Draw(
        IReadOnlyList<double> losses,
        IReadOnlyList<double?> validation,
        int best,
        int epochs,
        int width,
        int height
    )
    {
        double[] values = [.. losses.Concat(validation.OfType<double>()).Where(double.IsFinite)];
        var rows = height >= LowestWithEpochs ? height - 1 : height;
        if (values.Length == 0 || rows < 1)
        {
            return [];
        }
        var (low, high) = (values.Min(), values.Max());
        high = Math.Max(high, low + LeastRange);
        var labels = Labels(low, high, rows);
        var margin = labels.Max(label => label.Length);
        var across = width - margin - 1;
        if (across < 1)
        {
            return [];
        }
        var cells = new Cells(rows, across, epochs, low, high);
        cells.Plot([.. losses], CurvePart.Training);
        cells.Plot(validation, CurvePart.Validation);
        if (best > 0 && validation[best - 1] is { } lowest)
        {
            cells.Mark(best - 1, lowest);
        }
        List<IReadOnlyList<(string, CurvePart)>> lines = [];
        for (var row = 0; row < rows; row++)
        {
            var edge =
                row == 0 ? '┐'
                : row == rows - 1 ? '┘'
                : labels[row].Length > 0 ? '┤'
                : '│';
            lines.Add([(labels[row].PadLeft(margin) + edge, CurvePart.Axis), .. cells.Row(row)]);
        }
        if (rows < height)
        {
            lines.Add([(new string(' ', margin + 1) + EpochLabels(epochs, across), CurvePart.Axis)]);
        }
        return lines;
    }

    /// <summary>The perplexities at the edge, at least three where there are as many rows; empty between them.</summary>
    private static string[] Labels(double low, double high, int rows)
    {
        var labels = Enumerable.Repeat("", rows).ToArray();
        var last = Math.Min(rows, Math.Max(LeastLabels, ((rows - 1) / RowsPerLabel) + 1)) - 1;
        for (var i = 0; i <= last; i++)
        {
            var row = last == 0 ? 0 : (int)Math.Round((double)i * (rows - 1) / last);
            var loss = rows == 1 ? high : high - ((high - low) * row / (rows - 1));
            labels[row] = Figures.Perplexity(Math.Exp(loss));
        }
        return labels;
    }

    /// <summary>The first epoch, the middle one and the last below their columns, as far as there is room.</summary>
    private static string EpochLabels(int epochs, int across)
    {
        var line = new char[across];
        Array.Fill(line, ' ');
        foreach (var epoch in (int[])[1, epochs, (epochs + 1) / 2])
        {
            var text = $"{epoch}";
            var column = (int)((epoch - 1L) * (across - 1) / Math.Max(epochs - 1, 1));
            var from = Math.Clamp(column - (text.Length / 2), 0, Math.Max(across - text.Length, 0));
            var (before, after) = (Math.Max(from - 1, 0), Math.Min(from + text.Length + 1, across));
            if (from + text.Length <= across && line[before..after].All(c => c == ' '))
            {
                text.CopyTo(line.AsSpan(from));
            }
        }
        return new string(line).TrimEnd();
    }

    /// <summary>The character cells between the axes.</summary>
    private sealed class Cells(int rows, int across, int epochs, double low, double high)
    {
        private readonly int[,] _dots = new int[rows, across];
        private readonly CurvePart[,] _parts = new CurvePart[rows, across];

        public void Plot(IReadOnlyList<double?> losses, CurvePart part)
        {
            int? before = null;
            for (var x = 0; x < across * DotsAcross; x++)
            {
                if (At(losses, x) is not { } loss)
                {
                    before = null;
                    continue;
                }
                var y = DotOf(loss);
                // A steep stretch is a vertical line, so that the curve has no holes.
                var from =
                    before < y ? before.Value + 1
                    : before > y ? before.Value - 1
                    : y;
                before = y;
                if (part == CurvePart.Validation && x / DotsAcross % 2 == 1)
                {
                    continue; // every other cell is left out: a broken line, to be told apart without colours
                }
                for (var dot = Math.Min(from, y); dot <= Math.Max(from, y); dot++)
                {
                    _dots[dot / DotsDown, x / DotsAcross] |= s_bits[dot % DotsDown, x % DotsAcross];
                    _parts[dot / DotsDown, x / DotsAcross] = part;
                }
            }
        }

        public void Mark(int epoch, double loss)
        {
            if (double.IsFinite(loss))
            {
                var x = (long)epoch * ((across * DotsAcross) - 1) / Math.Max(epochs - 1, 1);
                _parts[DotOf(loss) / DotsDown, (int)x / DotsAcross] = CurvePart.Best;
            }
        }

        /// <summary>The loss at a column of dots, between two epochs on the line from one to the other.</summary>
        private double? At(IReadOnlyList<double?> losses, int x)
        {
            var place = (double)x * (epochs - 1) / Math.Max((across * DotsAcross) - 1, 1);
            var (epoch, share) = ((int)place, place - (int)place);
            var next = share > 0 ? epoch + 1 : epoch;
            return
                next < losses.Count
                && losses[epoch] is { } here
                && losses[next] is { } there
                && double.IsFinite(here)
                && double.IsFinite(there)
                ? here + (share * (there - here))
                : null;
        }

        /// <summary>The row as pieces, without blanks at its end.</summary>
        public IEnumerable<(string Text, CurvePart Part)> Row(int row)
        {
            var end = across;
            while (end > 0 && Cell(row, end - 1) == ' ')
            {
                end--;
            }
            for (var column = 0; column < end; )
            {
                var (from, part) = (column, _parts[row, column]);
                while (column < end && _parts[row, column] == part)
                {
                    column++;
                }
                yield return (string.Concat(Enumerable.Range(from, column - from).Select(i => Cell(row, i))), part);
            }
        }

        private char Cell(int row, int column) =>
            _parts[row, column] == CurvePart.Best ? BestMark
            : _dots[row, column] == 0 ? ' '
            : (char)(FirstBraille + _dots[row, column]);

        private int DotOf(double loss) =>
            (int)Math.Round(Math.Clamp((high - loss) / (high - low), 0, 1) * ((rows * DotsDown) - 1));
    }
}
