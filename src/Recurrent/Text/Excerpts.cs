using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>Prompts cut from a text itself, for a model of that text to continue.</summary>
internal static class Excerpts
{
    private const int MinLength = 8; // characters
    private const int MaxLength = 20; // characters
    private const int Window = 200; // tokens in which to look for words

    /// <summary>
    /// Cuts one excerpt from the beginning of each of <paramref name="count"/> equal parts of a corpus. Each starts
    /// with a word and ends after one, with the space that follows it, as soon as it has 8 characters; in scripts that
    /// do not separate words by white space it has exactly 8 characters. It never spans two lines.
    /// </summary>
    /// <param name="corpus">The text.</param>
    /// <param name="count">The number of excerpts, at least 1.</param>
    /// <returns>
    /// That many excerpts, each of at most 20 characters; an excerpt is empty where the text has only white space.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public static IReadOnlyList<string> Of(Corpus corpus, int count)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        Within.AtLeast(1).Require(nameof(count), count);
        var tokens = corpus.Sequence;
        var excerpts = new string[count];
        for (var part = 0; part < count; part++)
        {
            var start = (long)((Int128)tokens.Length * part / count);
            var window = tokens.Slice(start, Math.Min(Window, tokens.Length - start));
            var text = corpus.Codec.Decode(window.ToArray());
            excerpts[part] = Cut(part == 0 ? text : FromNextWord(text));
        }
        return excerpts;
    }

    private static string FromNextWord(string text)
    {
        var space = IndexOf(text, char.IsWhiteSpace, 0);
        return string.IsNullOrWhiteSpace(text[space..]) ? text : text[space..];
    }

    private static string Cut(string text)
    {
        // A window of bytes may begin in the middle of a character.
        text = text.TrimStart('\uFFFD').TrimStart();
        text = text[..Math.Min(IndexOf(text, char.IsControl, 0), Math.Min(MaxLength, text.Length))];
        if (text.Length <= MinLength)
        {
            return text;
        }
        var space = IndexOf(text, char.IsWhiteSpace, MinLength - 1);
        if (space < text.Length)
        {
            return text[..(space + 1)];
        }
        space = text.LastIndexOf(' ');
        if (space > 0)
        {
            return text[..(space + 1)];
        }
        return text[..(char.IsHighSurrogate(text[MinLength - 1]) ? MinLength - 1 : MinLength)];
    }

    /// <summary>
    /// Returns the position of the first matching character at or after a position, or the length if there is none.
    /// </summary>
    private static int IndexOf(string text, Predicate<char> matches, int from)
    {
        for (var place = from; place < text.Length; place++)
        {
            if (matches(text[place]))
            {
                return place;
            }
        }
        return text.Length;
    }
}
