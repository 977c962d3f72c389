using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>The order in which a recurrent network reads a minibatch: all rows of step 0, then all of step 1, ….</summary>
public static class TimeMajor
{
    /// <summary>Transposes tokens.</summary>
    /// <param name="tokens">(batch, steps), row-major.</param>
    /// <param name="batch">Number of rows, at least 1.</param>
    /// <returns>(steps, batch), row-major.</returns>
    /// <exception cref="ArgumentException">The number of tokens is no multiple of the batch.</exception>
    public static int[] Of(ReadOnlySpan<int> tokens, int batch)
    {
        var transposed = new int[tokens.Length];
        Write(tokens, batch, transposed);
        return transposed;
    }

    /// <summary>Transposes tokens into an array that the open <see cref="TensorPool"/> scope lends.</summary>
    internal static int[] Lent(ReadOnlySpan<int> tokens, int batch)
    {
        var transposed = TensorPool.RentIndices(tokens.Length);
        Write(tokens, batch, transposed);
        return transposed;
    }

    private static void Write(ReadOnlySpan<int> tokens, int batch, Span<int> transposed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        if (tokens.Length % batch != 0)
        {
            throw new ArgumentException(
                $"{tokens.Length} tokens do not make rows for a batch of {batch}; give batch · steps tokens.",
                nameof(tokens)
            );
        }
        var steps = tokens.Length / batch;
        for (var row = 0; row < batch; row++)
        {
            for (var t = 0; t < steps; t++)
            {
                transposed[(t * batch) + row] = tokens[(row * steps) + t];
            }
        }
    }
}
