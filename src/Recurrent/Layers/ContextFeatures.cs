using System.Buffers;
using System.Globalization;
using System.Text;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Layers;

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
///     Features = new() { Letters = ContextFeatures.LettersOf(corpus.Vocabulary) },
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

    // A text is written in words if there are some letters for each token between two words, and not far too many.
    private const double LeastLetters = 0.5;
    private const double MostLetters = 0.95;

    // Letters between which nothing tells where a word ends: those of Thai, Lao, Myanmar, Khmer and Tai, and
    // ideographs and Hiragana, each of which Unicode's word breaks (UAX #29) take for a word of its own.
    private static readonly (int First, int Last)[] s_unspaced =
    [
        (0x0E00, 0x0EFF),
        (0x1000, 0x109F),
        (0x1780, 0x17FF),
        (0x1950, 0x19DF),
        (0x1A20, 0x1AAF),
        (0x2E80, 0x2FDF),
        (0x3005, 0x3007),
        (0x3021, 0x3029),
        (0x3038, 0x309F),
        (0x3400, 0x9FFF),
        (0xA9E0, 0xA9FF),
        (0xAA60, 0xAADF),
        (0xF900, 0xFAFF),
        (0x1F200, 0x1F200),
        (0x20000, 0x3FFFF),
    ];

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

    /// <summary>
    /// The tokens of a vocabulary that words are made of, if it is one of characters or bytes and its text is written
    /// in words: letters, digits, marks, apostrophes and what joins words, but not the letters of scripts without
    /// spaces; of bytes, those of ASCII letters and digits and all beyond ASCII.
    /// </summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <returns>Their indices; none where fewer than half or more than 19 in 20 tokens of the text are such.</returns>
    public static IReadOnlyList<int> LettersOf(Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        int[] letters = [.. Enumerable.Range(0, vocabulary.Count).Where(index => IsLetter(vocabulary[index]))];
        var share = letters.Sum(index => (double)vocabulary.Frequencies[index]) / vocabulary.Frequencies.Sum();
        return share is >= LeastLetters and <= MostLetters ? letters : [];
    }

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

    /// <summary>Whether words are made of a token.</summary>
    internal static bool IsLetter(string token)
    {
        if (ByteTokenizer.TryParse(token, out var value))
        {
            return value >= 0x80 || char.IsAsciiLetterOrDigit((char)value);
        }
        return Rune.DecodeFromUtf16(token, out var rune, out var length) == OperationStatus.Done
            && length == token.Length
            && (rune.Value is '\'' or '’' || IsOfWords(Rune.GetUnicodeCategory(rune)))
            && !Array.Exists(s_unspaced, range => rune.Value >= range.First && rune.Value <= range.Last);
    }

    private static bool IsOfWords(UnicodeCategory category) =>
        category
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.ConnectorPunctuation;
}
