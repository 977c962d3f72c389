using Recurrent.Text;

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
    public void SetRow(int row, TokenSequence tokens, int start)
    {
        var steps = Minibatch.Steps;
        tokens.CopyTo(start, _x.AsSpan(row * steps, steps));
        tokens.CopyTo(start + 1, _y.AsSpan(row * steps, steps));
    }
}
