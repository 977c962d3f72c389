namespace Recurrent.Book;

/// <summary>The order in which recurrent networks read minibatches, all rows of step 0, then all of step 1, and the other: row by row.</summary>
public static class TimeMajor
{
    /// <summary>The tokens (steps, batch) of tokens (batch, steps).</summary>
    public static int[] Of(ReadOnlySpan<int> tokens, int batch) => Transposed(tokens, tokens.Length / batch);

    /// <summary>The tokens (batch, steps) of tokens (steps, batch).</summary>
    public static int[] RowsOf(ReadOnlyMemory<int> tokens, int batch) => Transposed(tokens.Span, batch);

    private static int[] Transposed(ReadOnlySpan<int> matrix, int columns)
    {
        var rows = matrix.Length / columns;
        var transposed = new int[matrix.Length]; // (columns, rows)
        for (var i = 0; i < matrix.Length; i++)
        {
            transposed[(i % columns * rows) + (i / columns)] = matrix[i];
        }
        return transposed;
    }
}
