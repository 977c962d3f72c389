using Recurrent.Randomness;
using Recurrent.Text;

namespace Recurrent.Batching;

/// <summary>
/// A way of cutting a token sequence into minibatches, anew for each epoch. See chapter 8.3 of <em>Dive into
/// Deep Learning</em> (https://d2l.ai/chapter_recurrent-neural-networks/language-model.html) for the two ways
/// there are.
/// </summary>
public abstract class BatchSampler
{
    private protected BatchSampler(int batchSize, int steps)
    {
        BatchSize = Shape.CheckedBatch(batchSize, nameof(batchSize));
        Steps = Shape.CheckedSteps(steps, nameof(steps));
    }

    /// <summary>The number of windows in each minibatch.</summary>
    public int BatchSize { get; }

    /// <summary>The number of time steps in each window.</summary>
    public int Steps { get; }

    /// <summary>
    /// Whether each row of a minibatch continues the same row of the one before, so that a model's state
    /// should be carried over; otherwise it should start anew with each minibatch.
    /// </summary>
    public abstract bool CarriesState { get; }

    /// <summary>
    /// The number of tokens from which on every epoch has a minibatch, however many tokens its random offset
    /// skips: <see cref="BatchSize"/> x <see cref="Steps"/> to read, one to predict after the last, and
    /// <see cref="Steps"/> - 1 to skip.
    /// </summary>
    public long MinimumTokens => ((long)BatchSize * Steps) + 1 + (Steps - 1);

    /// <summary>
    /// Cuts the tokens into the minibatches of one epoch. They are made one at a time as they are asked for,
    /// and each asking starts the same epoch again.
    /// </summary>
    /// <remarks>
    /// All minibatches of one enumeration are one object, filled anew for each: read or copy one before
    /// asking for the next.
    /// </remarks>
    /// <param name="tokens">The token indexes, of shape (length).</param>
    /// <param name="random">
    /// Decides, together with <paramref name="epoch"/>, where windows begin and in which order they come.
    /// </param>
    /// <param name="epoch">The number of the epoch, 0 or more; another one, other windows.</param>
    /// <param name="skip">
    /// How many minibatches at its beginning to leave out, to go on within an epoch; 0 or more, none by default.
    /// </param>
    /// <returns>
    /// At least one minibatch, unless it is skipped; tokens that do not fill another are left out of this epoch.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// There are fewer than <see cref="MinimumTokens"/> tokens.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epoch"/> or <paramref name="skip"/> is negative.</exception>
    public IEnumerable<Minibatch> Epoch(TokenSequence tokens, RandomStream random, int epoch, int skip = 0)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        CheckLength(tokens.Length);
        if (epoch < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(epoch),
                $"The epoch is {epoch} and must be at least 0; count epochs from 0 or 1."
            );
        }
        return Cut(tokens, random.Fork((ulong)epoch), skip);
    }

    /// <summary>Makes sure that every epoch of so many tokens has a minibatch.</summary>
    /// <param name="tokens">The number of tokens.</param>
    /// <exception cref="ArgumentException">There are fewer than <see cref="MinimumTokens"/> tokens.</exception>
    public void CheckLength(int tokens)
    {
        if (tokens < MinimumTokens)
        {
            throw new ArgumentException(
                $"{MinimumTokens} tokens are needed for batch {BatchSize} x steps {Steps} and there are {tokens}; "
                    + "use a longer text, a smaller batch or fewer steps.",
                nameof(tokens)
            );
        }
    }

    /// <summary>Cuts enough tokens into the minibatches that this epoch's own random values decide.</summary>
    private protected abstract IEnumerable<Minibatch> Cut(
        TokenSequence tokens,
        RandomStream random,
        int skip
    );

    /// <summary>
    /// Drops fewer tokens than there are steps, so that windows begin elsewhere in each epoch.
    /// </summary>
    private protected TokenSequence SkipOffset(TokenSequence tokens, RandomStream random) =>
        tokens[random.Below(Steps, index: 0)..];
}
