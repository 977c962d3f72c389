namespace Recurrent.Text;

/// <summary>The reason why bytes are not text.</summary>
internal enum TextProblem
{
    /// <summary>There are no bytes, or only a byte order mark.</summary>
    Empty,

    /// <summary>A byte is zero, as in programs, images, archives and UTF-16, but hardly ever in text.</summary>
    Binary,

    /// <summary>A byte has a value that UTF-8 does not allow in its position.</summary>
    NotUtf8,
}

/// <summary>
/// The error for bytes that are not the text they should be. The message is one sentence that ends with the way out.
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

    /// <summary>The reason.</summary>
    internal TextProblem Problem { get; }

    /// <summary>
    /// The offset in bytes, counted from 0: of the zero byte that no text has, or of the first byte of the first invalid
    /// sequence; 0 where there are no bytes.
    /// </summary>
    public long Offset { get; }

    /// <summary>
    /// The origin of the bytes, as given by the caller: a path, or words such as "the standard input".
    /// </summary>
    public string Origin { get; }

    internal static TextFormatException Empty(string origin) =>
        new(TextProblem.Empty, origin, 0, $"{origin} is empty; give a text with at least one character.");

    internal static TextFormatException Binary(string origin, long offset) =>
        new(
            TextProblem.Binary,
            origin,
            offset,
            $"{origin} is binary: it has a zero byte at offset {offset}; {WayOut}."
        );

    internal static TextFormatException NotUtf8(string origin, long offset, byte value) =>
        new(
            TextProblem.NotUtf8,
            origin,
            offset,
            $"{origin} is not UTF-8: byte 0x{value:X2} at offset {offset} is invalid; {WayOut}."
        );
}
