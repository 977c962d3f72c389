using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>
/// Prompts for a model to continue that is trained on a text: cut from the text itself, or empty where each of its
/// lines is an entry, so that the model begins one.
/// </summary>
internal static class Excerpts
{
    private const int MinLength = 8; // characters
    private const int MaxLength = 20; // characters
    private const int Window = 200; // tokens in which to look for words
    private const int Beginning = 20_000; // tokens that tell whether lines are entries
    private const int FewestEntries = 20; // lines
    private const int LongestEntry = 200; // characters, on average
    private const double MostEmpty = 0.01; // of the lines

    /// <summary>Makes prompts: empty ones for a list or a log, else excerpts.</summary>
    /// <inheritdoc cref="Of"/>
    public static IReadOnlyList<string> PromptsOf(Corpus corpus, int count) =>
        HasEntries(corpus) ? [.. Enumerable.Repeat("", count)] : Of(corpus, count);

    /// <summary>
    /// Returns whether each line is an entry, as in a list, a log or a table: there are some, none is as long as a
    /// paragraph, and no empty ones part them, as they do paragraphs, verses and functions.
    /// </summary>
    private static bool HasEntries(Corpus corpus)
    {
        var beginning = corpus.Sequence.Slice(0, Math.Min(Beginning, corpus.Sequence.Length));
        var text = corpus.Codec.Decode(beginning.ToArray());
        string[] lines = [.. text.Split('\n').SkipLast(1)]; // whole ones
        return lines.Length >= FewestEntries
            && text.Length <= lines.Length * (double)LongestEntry
            && lines.Count(string.IsNullOrWhiteSpace) <= MostEmpty * lines.Length;
    }

    /// <summary>
    /// Cuts one excerpt from the beginning of each of <paramref name="count"/> equal parts of a corpus. Each starts
    /// with a word and ends after one, with the space that follows it, as soon as it has 8 characters; in scripts that
    /// do not separate words by white space it has exactly 8 characters. It never spans two lines, nor holds a token
    /// outside the vocabulary, whose text is not known.
    /// </summary>
    /// <param name="corpus">The text.</param>
    /// <param name="count">The number of excerpts, at least 1.</param>
    /// <returns>
    /// That many excerpts, each of at most 20 characters; an excerpt is empty where the text has only white space or
    /// tokens outside the vocabulary.
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
            excerpts[part] =
                KnownRuns(window.ToArray())
                    .Select(run => corpus.Codec.Decode(run))
                    .Select((text, place) => Cut(part == 0 && place == 0 ? text : FromNextWord(text)))
                    .MaxBy(text => Math.Min(text.Length, MinLength)) // the first that is long enough
                ?? "";
        }
        return excerpts;
    }

    /// <summary>The longest runs of tokens of the vocabulary, in order.</summary>
    private static IEnumerable<int[]> KnownRuns(int[] tokens)
    {
        for (var start = 0; start < tokens.Length; )
        {
            var end = Array.IndexOf(tokens, Vocabulary.UnknownIndex, start);
            end = end < 0 ? tokens.Length : end;
            if (end > start)
            {
                yield return tokens[start..end];
            }
            start = end + 1;
        }
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
