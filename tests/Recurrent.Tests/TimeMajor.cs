namespace Recurrent.Tests;

/// <summary>Turns tokens that a test has row by row into the order in which models read them, and back.</summary>
internal static class TimeMajor
{
    /// <summary>The tokens (steps, batch) of tokens (batch, steps).</summary>
    public static int[] Of(ReadOnlySpan<int> tokens, int batch) => Transposed(tokens, tokens.Length / batch);

    /// <summary>The tokens (batch, steps) of tokens (steps, batch).</summary>
    public static int[] RowsOf(ReadOnlySpan<int> tokens, int batch) => Transposed(tokens, batch);

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
