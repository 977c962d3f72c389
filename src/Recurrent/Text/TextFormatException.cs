namespace Recurrent.Text;

/// <summary>Why bytes were not taken for text.</summary>
public enum TextProblem
{
    /// <summary>There are no bytes, or none but a byte order mark.</summary>
    Empty,

    /// <summary>A byte is zero, as in programs, images, archives and UTF-16, and hardly in text.</summary>
    Binary,

    /// <summary>A byte is where UTF-8 allows none of its value.</summary>
    NotUtf8,
}

/// <summary>
/// Bytes are not the text they should be. The message is one sentence that ends with the way out.
/// </summary>
public sealed class TextFormatException : FormatException
{
    private const string WayOut =
        "convert it to UTF-8 text, or read it with Tokenizer.Bytes and Normalization.None, which take any bytes";

    private TextFormatException(TextProblem problem, string origin, long offset, string message)
        : base(message)
    {
        Problem = problem;
        Origin = origin;
        Offset = offset;
    }

    /// <summary>What is wrong.</summary>
    public TextProblem Problem { get; }

    /// <summary>
    /// Where, in bytes from the first, which has offset 0: the zero byte of <see cref="TextProblem.Binary"/>,
    /// the first byte of the first sequence that is no character for <see cref="TextProblem.NotUtf8"/>, and 0
    /// for <see cref="TextProblem.Empty"/>.
    /// </summary>
    public long Offset { get; }

    /// <summary>
    /// Where the bytes came from, as given by the caller: a path, or words such as "the standard input".
    /// </summary>
    public string Origin { get; }

    internal static TextFormatException Empty(string origin) =>
        new(TextProblem.Empty, origin, 0, $"{origin} is empty; give a text with at least one character.");

    internal static TextFormatException Binary(string origin, long offset) =>
        new(
            TextProblem.Binary,
            origin,
            offset,
            $"{origin} is binary, with a zero byte at offset {offset}; {WayOut}."
        );

    internal static TextFormatException NotUtf8(string origin, long offset, byte value) =>
        new(
            TextProblem.NotUtf8,
            origin,
            offset,
            $"{origin} is not UTF-8, with byte 0x{value:X2} at offset {offset}; {WayOut}."
        );
}
