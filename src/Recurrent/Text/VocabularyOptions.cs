namespace Recurrent.Text;

/// <summary>Which tokens a <see cref="Vocabulary"/> holds.</summary>
public sealed record VocabularyOptions
{
    /// <summary>
    /// How often a token must occur to have an index of its own, rather than that of
    /// <see cref="Vocabulary.UnknownToken"/>; at least 1, which is the default and keeps every token.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MinimumFrequency
    {
        get;
        init => field = CheckedMinimumFrequency(value);
    } = 1;

    /// <summary>
    /// Tokens that stand right after <see cref="Vocabulary.UnknownToken"/>, in this order, whether they occur
    /// or not; none by default.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A token is null, empty, <see cref="Vocabulary.UnknownToken"/>, or stands there twice.
    /// </exception>
    public IReadOnlyList<string> ReservedTokens
    {
        get;
        init => field = CheckedReservedTokens(value);
    } = [];

    /// <summary>
    /// The most entries, <see cref="Vocabulary.UnknownToken"/> and the reserved tokens included, at least 2; the most frequent
    /// tokens get them, and all others become unknown. Null, the default, for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int? MaximumSize
    {
        get;
        init => field = CheckedMaximumSize(value);
    }

    /// <summary>Makes sure that the tokens which are there in any case fit.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    internal void CheckRoom(int tokens)
    {
        if (tokens > MaximumSize)
        {
            throw new ArgumentException(
                $"The maximum size is {MaximumSize} and {tokens} entries are needed for \"{Vocabulary.UnknownToken}\" and the "
                    + "reserved tokens; allow more entries or reserve fewer tokens."
            );
        }
    }

    internal static int? CheckedMaximumSize(int? value) =>
        value is null or >= 2
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value),
                $"The maximum size is {value} and must be at least 2; leave it out for no limit."
            );

    internal static int CheckedMinimumFrequency(int value) =>
        value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value),
                $"The minimum frequency is {value} and must be at least 1; use 1 to keep every token."
            );

    internal static IReadOnlyList<string> CheckedReservedTokens(IReadOnlyList<string> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var seen = new HashSet<string>(StringComparer.Ordinal) { Vocabulary.UnknownToken };
        foreach (var token in value)
        {
            if (string.IsNullOrEmpty(token))
            {
                throw new ArgumentException(
                    "A reserved token is empty; give each at least one character.",
                    nameof(value)
                );
            }
            if (!seen.Add(token))
            {
                throw new ArgumentException(
                    token == Vocabulary.UnknownToken
                        ? $"The reserved tokens hold \"{token}\", which every vocabulary has at index 0; leave it out."
                        : $"The reserved tokens hold \"{token}\" twice; leave one out.",
                    nameof(value)
                );
            }
        }
        return [.. value];
    }
}
