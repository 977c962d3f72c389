namespace Recurrent.Batching;

/// <summary>The arrays behind a minibatch, filled row by row; one for each enumeration of an epoch.</summary>
internal sealed class WindowBuffer
{
    private readonly int[] _x; // (batch, steps)
    private readonly int[] _y; // (batch, steps)

    public WindowBuffer(int batch, int steps)
    {
        _x = new int[batch * steps];
        _y = new int[batch * steps];
        Minibatch = new Minibatch(batch, steps, _x, _y);
    }

    /// <summary>The windows set so far.</summary>
    public Minibatch Minibatch { get; }

    /// <summary>Makes a row the window that begins at a place of the sequence.</summary>
    public void SetRow(int row, ReadOnlySpan<int> tokens, int start)
    {
        var steps = Minibatch.Steps;
        tokens.Slice(start, steps).CopyTo(_x.AsSpan(row * steps));
        tokens.Slice(start + 1, steps).CopyTo(_y.AsSpan(row * steps));
    }
}
