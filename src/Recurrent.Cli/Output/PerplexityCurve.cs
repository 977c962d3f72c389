using Recurrent.Reports;

namespace Recurrent.Cli.Output;

/// <summary>
/// Draws perplexity over epochs in braille dots, 2 by 4 to a character cell. The vertical axis is logarithmic from
/// perplexity 1, so that its height shows the loss; the horizontal one leaves room for the epochs to come.
/// </summary>
internal static class PerplexityCurve
{
    private const int DotsAcross = 2;
    private const int DotsDown = 4;
    private const int FirstBraille = 0x2800;

    // Unicode numbers the dots of a cell down the left side, down the right side, and then along the bottom.
    private static readonly int[,] s_bits =
    {
        { 0x01, 0x08 },
        { 0x02, 0x10 },
        { 0x04, 0x20 },
        { 0x40, 0x80 },
    };

    /// <summary>Draws the curve.</summary>
    /// <param name="losses">The mean loss of each epoch so far, in nats.</param>
    /// <param name="epochs">How many epochs there are to be, at least as many.</param>
    /// <param name="width">Columns, with those of the axis.</param>
    /// <param name="height">Rows.</param>
    /// <returns>
    /// As many lines as rows, none wider than the columns; none at all where there is nothing to draw or no room.
    /// </returns>
    public static IReadOnlyList<string> Draw(IReadOnlyList<double> losses, int epochs, int width, int height)
    {
        if (losses.Count == 0 || height < 1)
        {
            return [];
        }
        var most = losses.Max();
        var label = Figures.Perplexity(Math.Exp(most));
        var across = width - label.Length - 1;
        if (across < 1)
        {
            return [];
        }
        var cells = new int[height, across];
        Plot(cells, losses, epochs, most);
        return
        [
            .. Enumerable
                .Range(0, height)
                .Select(row =>
                    (
                        row == 0 ? label
                        : row == height - 1 ? "1"
                        : ""
                    ).PadLeft(label.Length)
                    + (
                        row == 0 ? '┐'
                        : row == height - 1 ? '┘'
                        : '│'
                    )
                    + Row(cells, row)
                ),
        ];
    }

    private static void Plot(int[,] cells, IReadOnlyList<double> losses, int epochs, double most)
    {
        var (rows, columns) = (cells.GetLength(0) * DotsDown, cells.GetLength(1) * DotsAcross);
        var before = -1;
        for (var x = 0; x < columns; x++)
        {
            var epoch = (int)((long)x * (epochs - 1) / Math.Max(columns - 1, 1));
            if (epoch >= losses.Count)
            {
                break;
            }
            var y = RowOf(losses[epoch], most, rows);
            // A steep stretch is a vertical line, so that the curve has no holes.
            var from =
                before < 0 ? y
                : before < y ? before + 1
                : before > y ? before - 1
                : y;
            for (var dot = Math.Min(from, y); dot <= Math.Max(from, y); dot++)
            {
                cells[dot / DotsDown, x / DotsAcross] |= s_bits[dot % DotsDown, x % DotsAcross];
            }
            before = y;
        }
    }

    private static int RowOf(double loss, double most, int rows)
    {
        var height = most > 0 ? Math.Clamp(loss / most, 0, 1) : 0;
        return (int)Math.Round((1 - height) * (rows - 1));
    }

    private static string Row(int[,] cells, int row) =>
        string.Concat(
                Enumerable
                    .Range(0, cells.GetLength(1))
                    .Select(column => cells[row, column] == 0 ? ' ' : (char)(FirstBraille + cells[row, column]))
            )
            .TrimEnd();
}
