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
