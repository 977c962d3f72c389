using Recurrent.Text;

namespace Recurrent.Text;

/// <summary>What is done to a text before it is split into tokens.</summary>
public enum Normalization
{
    /// <summary>
    /// Only the letters A–Z and a–z are kept, in lower case, with single spaces between words.
    /// </summary>
    Letters,

    /// <summary>The text is kept as it is, whatever Unicode it holds.</summary>
    None,
}

/// <summary>What stands where two lines met, under <see cref="Normalization.Letters"/>.</summary>
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
/// What is done to the text; <see cref="Normalization.Letters"/> unless given.
/// </param>
/// <param name="LineJoin">
/// What stands where two lines met; <see cref="LineJoin.Nothing"/> unless given. Without effect under
/// <see cref="Normalization.None"/>, which keeps the line ends themselves.
/// </param>
public sealed record Normalizer(
    Normalization Normalization = Normalization.Letters,
    LineJoin LineJoin = LineJoin.Nothing
)
{
    /// <summary>What is done to the text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration's.</exception>
    public Normalization Normalization
    {
        get;
        init => field = Defined(value);
    } = Defined(Normalization);

    /// <summary>What stands where two lines met.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the enumeration's.</exception>
    public LineJoin LineJoin
    {
        get;
        init => field = Defined(value);
    } = Defined(LineJoin);

    /// <summary>
    /// Normalizes a text. Under <see cref="Normalization.Letters"/> each line is trimmed and lower-cased, and
    /// every run of characters other than A–Z and a–z in it becomes one space; lines end at CR, LF or CRLF,
    /// and lines without a letter leave no trace.
    /// </summary>
    /// <param name="text">The text, of any length.</param>
    /// <returns>
    /// Segments, none of them empty, that a tokenizer never looks across: the lines with
    /// <see cref="LineJoin.Nothing"/>; otherwise the text as one. With <see cref="LineJoin.Space"/> each line
    /// end becomes a space, that of the last line too where the text ends in one, so that normalizing two
    /// files one after the other is normalizing them joined.
    /// </returns>
    public IReadOnlyList<string> Normalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Normalization == Normalization.None)
        {
            return text.Length == 0 ? [] : [text];
        }

        var segments = new SegmentCollector();
        var normalizing = new NormalizingSink(this, segments);
        normalizing.Add(text);
        normalizing.End();
        return segments.Segments;
    }

    /// <summary>
    /// Normalizes the beginning of a text that a model is to continue. Under
    /// <see cref="Normalization.Letters"/> A–Z become a–z and everything else stays: a space at the end says
    /// that a new word begins, and a character the model has never seen is for the vocabulary to call
    /// unknown. Under <see cref="Normalization.None"/> nothing changes.
    /// </summary>
    /// <param name="prompt">The beginning, possibly empty.</param>
    public string NormalizePrompt(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Normalization == Normalization.None
            ? prompt
            : string.Create(
                prompt.Length,
                prompt,
                static (lowered, prompt) =>
                {
                    for (var place = 0; place < prompt.Length; place++)
                    {
                        var character = prompt[place];
                        lowered[place] = char.IsAsciiLetterUpper(character)
                            ? char.ToLowerInvariant(character)
                            : character;
                    }
                }
            );
    }

    private static T Defined<T>(T value)
        where T : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(value),
                $"{typeof(T).Name} is {value} and must be one of {string.Join(", ", Enum.GetNames<T>())}; choose one of these."
            );
}
