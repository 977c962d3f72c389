namespace Recurrent.Models;

/// <summary>
/// Reads texts side by side, one token of each at a time, as a generator does: after each token it gives the logits of the
/// next one. It keeps the state and the memory, so that reading allocates nothing, and records nothing for a way back.
/// </summary>
/// <remarks>
/// A reader serves one caller at a time; the readers of one model are independent of each other but, as
/// they share what is prepared of its weights, serve one thread at a time. It reads the weights as they are: a model may be
/// trained further between two reads.
/// </remarks>
public abstract class TokenReader
{
    /// <summary>Begins with the state before any text.</summary>
    /// <param name="batch">Texts that are read side by side.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no text to read.</exception>
    protected TokenReader(int batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        Batch = batch;
    }

    /// <summary>Texts that are read side by side.</summary>
    public int Batch { get; }

    /// <summary>Reads one token of each text.</summary>
    /// <param name="tokens">Token indices (batch).</param>
    /// <returns>Logits (batch, vocabulary) of the tokens that follow; the next read overwrites them.</returns>
    /// <exception cref="ArgumentException">The number of tokens is not the batch.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range; the state is as it was.</exception>
    public ReadOnlySpan<float> Read(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length != Batch)
        {
            throw new ArgumentException(
                $"{tokens.Length} tokens were given to a reader of {Batch} texts; give one for each.",
                nameof(tokens)
            );
        }
        return ReadBatch(tokens);
    }

    /// <summary>A copy of the state after what has been read, for <see cref="SetState"/> of this or another reader.</summary>
    public abstract ModelState CopyState();

    /// <summary>Goes on from another state, which is copied.</summary>
    /// <param name="state">A state as the model's <see cref="ILanguageModel.InitialState"/> makes it.</param>
    /// <exception cref="ArgumentException">The state is not one of this model's for this batch.</exception>
    public abstract void SetState(ModelState state);

    /// <summary><see cref="Read"/> of as many tokens as there are texts.</summary>
    protected abstract ReadOnlySpan<float> ReadBatch(ReadOnlySpan<int> tokens);
}
