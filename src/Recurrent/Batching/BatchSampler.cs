using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Batching;

/// <summary>
/// A way of cutting a token sequence into minibatches, again for each epoch. See chapter 8.3 of <em>Dive into Deep
/// Learning</em> (https://d2l.ai/chapter_recurrent-neural-networks/language-model.html) for the two ways that come
/// with the library; a way of your own says where each window begins.
/// </summary>
/// <example>
/// <code>
/// var sampler = new SequentialPartition(batchSize: 32, steps: 35);
/// foreach (var minibatch in sampler.Epoch(corpus.Sequence, RandomStream.Batching(seed: 1), epoch: 1))
/// {
///     var x = Indices.From(minibatch.X.Span, minibatch.Steps, minibatch.Batch);
/// }
/// </code>
/// </example>
public abstract class BatchSampler
{
    private int _firstRow;

    /// <summary>Prepares a way of cutting.</summary>
    /// <param name="batchSize">The number of windows in each minibatch, at least 1.</param>
    /// <param name="steps">The number of time steps in each window, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    protected BatchSampler(int batchSize, int steps)
    {
        BatchSize = Within.AtLeast(1).Require("The batch size", batchSize, "32 is the usual choice");
        Steps = Within.AtLeast(1).Require("The number of steps", steps, "35 is the usual choice");
        Rows = BatchSize;
    }

    /// <summary>The number of windows in each minibatch, over all shares.</summary>
    public int BatchSize { get; }

    /// <summary>
    /// The number of windows in each minibatch that this sampler gives; <see cref="BatchSize"/> unless it is a share.
    /// </summary>
    public int Rows { get; private set; }

    /// <summary>The number of time steps in each window.</summary>
    public int Steps { get; }

    /// <summary>
    /// The name of the sampler in checkpoints and model files; the type's name in lower case unless overridden. Two
    /// samplers of one name must cut alike.
    /// </summary>
    public virtual string Name => GetType().Name.ToLowerInvariant();

    /// <summary>
    /// Whether each row of a minibatch continues the same row of the one before, so that a model's state is to be
    /// carried over; otherwise it starts afresh with each minibatch.
    /// </summary>
    public abstract bool CarriesState { get; }

    /// <summary>
    /// The number of tokens from which on every epoch has a minibatch, however many tokens its random offset skips:
    /// <see cref="BatchSize"/> · <see cref="Steps"/> to read, one to predict after the last, and <see cref="Steps"/>
    /// − 1 to skip.
    /// </summary>
    public long MinimumTokens => ((long)BatchSize * Steps) + 1 + (Steps - 1);

    /// <summary>
    /// A sampler for one of several ranks that share out each minibatch by rows: the same windows, of which each rank
    /// gets a part, in ascending order and as even as may be.
    /// </summary>
    /// <param name="rank">The rank, from 0 to <paramref name="of"/> − 1.</param>
    /// <param name="of">The number of ranks, 1 to <see cref="BatchSize"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="InvalidOperationException">This sampler is a share itself.</exception>
    /// <example>
    /// <code>
    /// var share = new SequentialPartition(batchSize: 32, steps: 35).Share(rank: 0, of: 4); // 8 rows of the 32
    /// var parts = new TrainingParts { Sampler = share };
    /// </code>
    /// </example>
    public BatchSampler Share(int rank, int of)
    {
        Within.From(1, BatchSize).Require(nameof(of), of, "each rank needs a row");
        Within.From(0, of - 1).Require(nameof(rank), rank);
        if (Rows < BatchSize)
        {
            throw new InvalidOperationException(
                $"The sampler gives {Rows} of {BatchSize} rows already; share out the whole one."
            );
        }
        var share = (BatchSampler)MemberwiseClone();
        share._firstRow = (int)((long)BatchSize * rank / of);
        share.Rows = (int)((long)BatchSize * (rank + 1) / of) - share._firstRow;
        return share;
    }

    /// <summary>
    /// Cuts the tokens into the minibatches of one epoch. They are made one at a time as they are asked for, and each
    /// asking starts the same epoch again.
    /// </summary>
    /// <remarks>
    /// All minibatches of one enumeration are one object, filled again for each: read or copy one before asking for
    /// the next.
    /// </remarks>
    /// <param name="tokens">The token indices, of shape (length).</param>
    /// <param name="random">
    /// Decides, together with <paramref name="epoch"/>, where windows begin and in which order they come.
    /// </param>
    /// <param name="epoch">The number of the epoch, 0 or more; another one, other windows.</param>
    /// <param name="skip">
    /// The number of minibatches at its beginning to leave out, to continue within an epoch; 0 or more, none by
    /// default.
    /// </param>
    /// <returns>
    /// At least one minibatch, unless it is skipped; tokens that do not fill another are left out of this epoch.
    /// </returns>
    /// <exception cref="ArgumentException">There are fewer than <see cref="MinimumTokens"/> tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="epoch"/> or <paramref name="skip"/> is negative.
    /// </exception>
    public IEnumerable<Minibatch> Epoch(TokenSequence tokens, RandomStream random, int epoch, long skip = 0)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        Within.AtLeast(0L).Require(nameof(skip), skip);
        Within.AtLeast(0).Require("The epoch", epoch, "count epochs from 0 or 1");
        CheckLength(tokens.Length);
        return Cut(tokens, random.Fork((ulong)epoch), skip);
    }

    /// <summary>Makes sure that every epoch of a text has a minibatch.</summary>
    /// <param name="tokens">The number of tokens.</param>
    /// <exception cref="ArgumentException">There are fewer than <see cref="MinimumTokens"/> tokens.</exception>
    public void CheckLength(long tokens)
    {
        if (tokens < MinimumTokens)
        {
            throw new ArgumentException(
                $"{MinimumTokens:#,0} tokens are needed for batch {BatchSize} x steps {Steps} and there "
                    + $"{(tokens == 1 ? "is" : "are")} {tokens:#,0}; "
                    + "use a longer text, a smaller batch or fewer steps.",
                nameof(tokens)
            );
        }
    }

    /// <summary>Decides where the windows of one epoch begin.</summary>
    /// <param name="tokens">The number of tokens, those that the epoch's offset skips left out.</param>
    /// <param name="random">This epoch's own random values.</param>
    /// <returns>
    /// The number of minibatches; and where a row's window begins in one of them, by minibatch and row, from 0. A
    /// window is <see cref="Steps"/> tokens long, and one more must follow it.
    /// </returns>
    protected abstract (long Minibatches, Func<long, int, long> StartOf) Plan(long tokens, RandomStream random);

    private IEnumerable<Minibatch> Cut(TokenSequence tokens, RandomStream random, long skip)
    {
        // An offset below the number of steps, so that windows begin elsewhere in each epoch.
        var rest = tokens[random.Below(Steps, index: 0)..];
        var (minibatches, startOf) = Plan(rest.Length, random);
        if (minibatches < 1)
        {
            throw new InvalidOperationException(
                $"{GetType().Name} plans {minibatches} minibatches of {Sentences.Amount(rest.Length, "tokens")} "
                    + "and must plan at least 1; let Plan cut shorter windows, or give a longer text."
            );
        }
        var (x, y) = (new int[checked(Steps * Rows)], new int[Steps * Rows]); // (steps, rows)
        var window = new int[Steps + 1];
        var result = new Minibatch(Rows, Steps, x, y);
        for (var minibatch = skip; minibatch < minibatches; minibatch++)
        {
            for (var row = 0; row < Rows; row++)
            {
                rest.CopyTo(startOf(minibatch, _firstRow + row), window);
                for (var t = 0; t < Steps; t++)
                {
                    x[(t * Rows) + row] = window[t];
                    y[(t * Rows) + row] = window[t + 1];
                }
            }
            yield return result;
        }
    }
}
