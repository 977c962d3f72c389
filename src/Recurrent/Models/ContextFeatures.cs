using Recurrent.Ranges;

namespace Recurrent.Models;

/// <summary>
/// Context features: learned vectors for the last two, three and four tokens and, where a text has words, for the
/// letters of the word so far, alone and with the word before. They are added to the token's embedding, so that a small
/// network need not find out by itself what a table can tell it.
/// </summary>
/// <remarks>
/// Each of them has a table of its own, in which a hash chooses the row; contexts that share a row share its vector. A
/// training step changes the rows that its minibatch read, and no others.
/// </remarks>
/// <example>
/// <code>
/// var configuration = new ModelConfiguration
/// {
///     Kind = "gru",
///     VocabularySize = corpus.Vocabulary.Count,
///     EmbeddingSize = 64,
///     Features = new() { Letters = corpus.Vocabulary.Letters },
/// };
/// </code>
/// </example>
public sealed record ContextFeatures
{
    /// <summary>The usual number of rows of a table.</summary>
    public const int UsualRows = 16384;

    /// <summary>The usual probability that a feature is dropped.</summary>
    public const double UsualDropout = 0.2;

    /// <summary>The largest accepted number of rows of a table.</summary>
    public const int MaxRows = 1 << 22;

    internal static readonly Bounds<int> RowCounts = Within.From(1, MaxRows);

    /// <summary>Rows of each table, 1 to 4,194,304; 16,384 by default.</summary>
    public int Rows
    {
        get;
        init => field = RowCounts.Require(nameof(Rows), value);
    } = UsualRows;

    /// <summary>
    /// Probability that a feature of a position is dropped as a whole while training, 0 or more and below 1; 0.2 by
    /// default.
    /// </summary>
    public double Dropout
    {
        get;
        init => field = Within.Fraction.Require(nameof(Dropout), value);
    } = UsualDropout;

    /// <summary>
    /// The tokens that words are made of, by index in ascending order; empty for no features of words. Null, the
    /// default, for those of the text where a training session builds the model, and none elsewhere.
    /// </summary>
    /// <exception cref="ArgumentException">An index is negative, or not above the one before it.</exception>
    public IReadOnlyList<int>? Letters
    {
        get;
        init
        {
            for (var (i, last) = (0, -1); i < value?.Count; last = value[i++])
            {
                if (value[i] <= last)
                {
                    throw new ArgumentException(
                        $"Letter {i} is token {value[i]} and must be above {last}; give each index once, in ascending "
                            + "order.",
                        nameof(Letters)
                    );
                }
            }
            field = value is null ? null : [.. value];
        }
    }

    /// <summary>Whether there are features of words.</summary>
    internal bool HasWords => Letters is { Count: > 0 };

    /// <inheritdoc/>
    public bool Equals(ContextFeatures? other) =>
        other is not null
        && Rows == other.Rows
        && Dropout.Equals(other.Dropout)
        && (
            Letters is null ? other.Letters is null : other.Letters is not null && Letters.SequenceEqual(other.Letters)
        );

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Rows, Dropout, Letters?.Count);
}
