using System.Buffers;
using System.Globalization;
using System.Text;

namespace Recurrent.Text;

/// <summary>The tokens that words are made of.</summary>
internal static class WordLetters
{
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

    /// <summary>Finds them: see <see cref="Vocabulary.Letters"/>.</summary>
    public static IReadOnlyList<int> Of(Vocabulary vocabulary)
    {
        int[] letters = [.. Enumerable.Range(0, vocabulary.Count).Where(index => IsLetter(vocabulary[index]))];
        var share = letters.Sum(index => (double)vocabulary.Frequencies[index]) / vocabulary.Frequencies.Sum();
        return share is >= LeastLetters and <= MostLetters ? letters : [];
    }

    /// <summary>Whether words are made of a token.</summary>
    public static bool IsLetter(string token)
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
