using Recurrent.Ranges;

namespace Recurrent.Batching;

/// <summary>
/// Windows of a token sequence, side by side, and for each place in them the token that follows: what a language
/// model reads and what it should have predicted. Time-major: the tokens of all windows at step 0 come first, then
/// those at step 1.
/// </summary>
public sealed class Minibatch
{
    /// <summary>Makes a minibatch of arrays that the caller may still change.</summary>
    /// <param name="batch">The number of windows, at least 1.</param>
    /// <param name="steps">The number of time steps in each window, at least 1.</param>
    /// <param name="x">The windows, of shape (steps, batch).</param>
    /// <param name="y">The following tokens, of shape (steps, batch).</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="batch"/> or <paramref name="steps"/> is below 1.
    /// </exception>
    /// <exception cref="ArgumentException">An array is not of that shape.</exception>
    public Minibatch(int batch, int steps, ReadOnlyMemory<int> x, ReadOnlyMemory<int> y)
    {
        Batch = Within.AtLeast(1).Require(nameof(batch), batch);
        Steps = Within.AtLeast(1).Require(nameof(steps), steps);
        CheckLength(x, nameof(x));
        CheckLength(y, nameof(y));
        X = x;
        Y = y;
    }

    /// <summary>The number of windows, one a column.</summary>
    public int Batch { get; }

    /// <summary>The number of time steps in each window, one a row.</summary>
    public int Steps { get; }

    /// <summary>Token indices of the windows, of shape (<see cref="Steps"/>, <see cref="Batch"/>), row-major.</summary>
    public ReadOnlyMemory<int> X { get; }

    /// <summary>
    /// Token indices of the windows moved on by one, of shape (<see cref="Steps"/>, <see cref="Batch"/>), row-major:
    /// where <see cref="X"/> has a token, the one that follows it.
    /// </summary>
    public ReadOnlyMemory<int> Y { get; }

    private void CheckLength(ReadOnlyMemory<int> tokens, string name)
    {
        if (tokens.Length != (long)Batch * Steps)
        {
            throw new ArgumentException(
                $"{name} holds {tokens.Length} tokens and must hold batch {Batch} x steps {Steps} = "
                    + $"{(long)Batch * Steps}; fill every column.",
                name
            );
        }
    }
}
