namespace Recurrent.Text;

/// <summary>The treatment of a text before it is split into tokens.</summary>
public enum Normalization
{
    /// <summary>
    /// Only the letters A–Z and a–z are kept, in lower case, with single spaces between words.
    /// </summary>
    Letters,

    /// <summary>The text is kept as it is, whatever Unicode it holds; but see <see cref="LineEnds"/>.</summary>
    None,
}

/// <summary>The text put between two lines under <see cref="Normalization.Letters"/>.</summary>
public enum LineJoin
{
    /// <summary>
    /// Nothing: the last word of a line touches the first of the next, as in the Chinese edition of the book.
    /// </summary>
    Nothing,

    /// <summary>One space, as in the English edition of the book.</summary>
    Space,
}

/// <summary>
/// Turns a text into the segments that are then tokenized. It follows chapter 8.2 of <em>Dive into Deep
/// Learning</em> (https://d2l.ai/chapter_recurrent-neural-networks/text-sequence.html).
/// </summary>
/// <param name="Normalization">
/// The treatment of the text; <see cref="Normalization.None"/> by default.
/// </param>
/// <param name="LineJoin">
/// The text put between two lines; <see cref="LineJoin.Nothing"/> by default. It has no effect under
/// <see cref="Normalization.None"/>, which keeps the line ends themselves.
/// </param>
/// <param name="LineEnds">
/// What is read at the end of a line; <see cref="LineEnds.Lf"/> by default. It has no effect under
/// <see cref="Normalization.Letters"/>, which knows all of them.
/// </param>
/// <example>
/// <code>
/// var normalizer = new Normalizer(Normalization.Letters);
/// Console.WriteLine(normalizer.Normalize("It's 8 o'clock!")[0]); // it s o clock
/// </code>
/// </example>
public sealed record Normalizer(
    Normalization Normalization = Normalization.None,
    LineJoin LineJoin = LineJoin.Nothing,
    LineEnds LineEnds = LineEnds.Lf
)
{
    /// <summary>The treatment of the text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public Normalization Normalization
    {
        get;
        init => field = Defined(value);
    } = Defined(Normalization);

    /// <summary>The text put between two lines.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public LineJoin LineJoin
    {
        get;
        init => field = Defined(value);
    } = Defined(LineJoin);

    /// <summary>What is read at the end of a line.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public LineEnds LineEnds
    {
        get;
        init => field = Defined(value);
    } = Defined(LineEnds);

    /// <summary>
    /// Normalizes a text. Under <see cref="Normalization.Letters"/> each line is trimmed and lower-cased, and
    /// every run of characters other than A–Z and a–z in it becomes one space; lines end at CR, LF or CRLF,
    /// and lines without a letter leave no trace.
    /// </summary>
    /// <param name="text">The text, of any length.</param>
    /// <returns>
    /// Segments, none of them empty, that are tokenized separately: each line with <see cref="LineJoin.Nothing"/>,
    /// otherwise the whole text. With <see cref="LineJoin.Space"/> each line end becomes a space, including one at the
    /// very end of the text, so normalizing two files one after the other equals normalizing them joined.
    /// </returns>
    public IReadOnlyList<string> Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Normalization == Normalization.None)
        {
            return text.Length == 0 ? [] : [WithLineEnds(text)];
        }

        var segments = new SegmentCollector();
        var normalizing = new NormalizingSink(this, segments);
        normalizing.Add(text);
        normalizing.End();
        return segments.Segments;
    }

    /// <summary>
    /// Normalizes a prompt. Under <see cref="Normalization.Letters"/> A–Z become a–z and everything else stays: a space
    /// at the end means that a new word begins, and a character that the model has never seen is left for the
    /// vocabulary to map to unknown. Under <see cref="Normalization.None"/> nothing changes but the ends of lines.
    /// </summary>
    /// <param name="prompt">The prompt, possibly empty.</param>
    public string NormalizePrompt(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Normalization == Normalization.None
            ? WithLineEnds(prompt)
            : string.Create(
                prompt.Length,
                prompt,
                static (lowered, prompt) =>
                {
                    for (var i = 0; i < prompt.Length; i++)
                    {
                        var character = prompt[i];
                        lowered[i] = char.IsAsciiLetterUpper(character) ? char.ToLowerInvariant(character) : character;
                    }
                }
            );
    }

    private string WithLineEnds(string text) => LineEnds == LineEnds.Lf ? LineEndSink.Unify(text) : text;

    private static T Defined<T>(T value)
        where T : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value),
                $"{typeof(T).Name} is {value} and must be {string.Join(" or ", Enum.GetNames<T>())}; choose one of "
                    + "these."
            );
}
