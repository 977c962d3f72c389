namespace Recurrent.Tests;

/// <summary>Shows a test the rows of a minibatch, which is kept the other way round.</summary>
internal static class TimeMajor
{
    /// <summary>The tokens (batch, steps) of tokens (steps, batch).</summary>
    public static int[] RowsOf(ReadOnlySpan<int> tokens, int batch)
    {
        var steps = tokens.Length / batch;
        var rows = new int[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            rows[(i % batch * steps) + (i / batch)] = tokens[i];
        }
        return rows;
    }
}
