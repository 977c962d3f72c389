using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>The choice of tokens that a <see cref="Vocabulary"/> holds.</summary>
internal sealed record VocabularyOptions
{
    internal static readonly Bounds<int> Frequencies = Within.AtLeast(1);
    internal static readonly Bounds<int> Sizes = Within.AtLeast(2);

    /// <summary>
    /// The number of times that a token must occur to have an index of its own, rather than that of
    /// <see cref="Vocabulary.UnknownToken"/>; at least 1, which is the default and keeps every token.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MinFrequency
    {
        get;
        init => field = CheckedMinFrequency(value);
    } = 1;

    /// <summary>
    /// The tokens that come right after <see cref="Vocabulary.UnknownToken"/>, in this order, whether they occur or
    /// not; none by default.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// A token is null, empty, <see cref="Vocabulary.UnknownToken"/>, or listed twice.
    /// </exception>
    public IReadOnlyList<string> ReservedTokens
    {
        get;
        init => field = CheckedReservedTokens(value);
    } = [];

    /// <summary>
    /// The maximum number of entries, <see cref="Vocabulary.UnknownToken"/> and the reserved tokens included, at least
    /// 2; the most frequent tokens get them, and all others become unknown. Null, the default, for no limit.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 2.</exception>
    public int? MaxSize
    {
        get;
        init => field = CheckedMaxSize(value);
    }

    /// <summary>Checks that the tokens every such vocabulary has fit into it.</summary>
    /// <exception cref="ArgumentException">They do not fit.</exception>
    internal void CheckRoom(int tokens)
    {
        if (tokens > MaxSize)
        {
            throw new ArgumentException(
                $"The maximum size is {MaxSize} and must be at least {tokens}, for \"{Vocabulary.UnknownToken}\" and "
                    + "the "
                    + "reserved tokens; allow more entries or reserve fewer tokens."
            );
        }
    }

    internal static int? CheckedMaxSize(int? value) =>
        Sizes.Require("The maximum size", value, "leave it out for no limit");

    internal static int CheckedMinFrequency(int value) =>
        Frequencies.Require("The minimum frequency", value, "use 1 to keep every token");

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
                        ? $"The reserved tokens include \"{token}\", which every vocabulary has at index 0; leave it "
                            + "out."
                        : $"The reserved tokens include \"{token}\" twice; leave one out.",
                    nameof(value)
                );
            }
        }
        return [.. value];
    }
}
