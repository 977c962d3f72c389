namespace Recurrent.Book;

/// <summary>
/// Shows the rows of a minibatch, which is kept the other way round: all tokens of step 0, then of step 1.
/// </summary>
public static class TimeMajor
{
    /// <summary>The tokens (batch, steps) of tokens (steps, batch).</summary>
    public static int[] RowsOf(ReadOnlyMemory<int> tokens, int batch)
    {
        var steps = tokens.Length / batch;
        var rows = new int[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            rows[(i % batch * steps) + (i / batch)] = tokens.Span[i];
        }
        return rows;
    }
}
