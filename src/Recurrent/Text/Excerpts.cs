namespace Recurrent.Text;

/// <summary>Beginnings cut from a text itself, for a model of that text to continue.</summary>
public static class Excerpts
{
    private const int Shortest = 8; // characters
    private const int Longest = 20; // characters
    private const int Window = 200; // tokens to look for words in

    /// <summary>
    /// Cuts one excerpt from the beginning of each of <paramref name="count"/> equal parts of a corpus. Each starts with a
    /// word and ends after one, with the space that follows it, as soon as it has 8 characters; where words are not told
    /// apart by white space it has 8 characters. It stays on one line.
    /// </summary>
    /// <param name="corpus">The text.</param>
    /// <param name="count">How many, 1 or more.</param>
    /// <returns>As many excerpts, each of at most 20 characters; an empty one where there is nothing but white space.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public static IReadOnlyList<string> Of(Corpus corpus, int count)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var tokens = corpus.Sequence;
        var excerpts = new string[count];
        for (var part = 0; part < count; part++)
        {
            var start = (int)((long)tokens.Length * part / count);
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
        // A window of bytes may begin within a character.
        text = text.TrimStart('\uFFFD').TrimStart();
        text = text[..Math.Min(IndexOf(text, char.IsControl, 0), Math.Min(Longest, text.Length))];
        if (text.Length <= Shortest)
        {
            return text;
        }
        var space = IndexOf(text, char.IsWhiteSpace, Shortest - 1);
        if (space < text.Length)
        {
            return text[..(space + 1)];
        }
        space = text.LastIndexOf(' ');
        if (space > 0)
        {
            return text[..(space + 1)];
        }
        return text[..(char.IsHighSurrogate(text[Shortest - 1]) ? Shortest - 1 : Shortest)];
    }

    /// <summary>The place of the first such character from a place on, or the length where there is none.</summary>
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
