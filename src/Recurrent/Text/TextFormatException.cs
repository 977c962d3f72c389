using System.Text;

namespace Recurrent.Text;

/// <summary>The reason why bytes are not text.</summary>
internal enum TextProblem
{
    /// <summary>There are no bytes, or only a byte order mark.</summary>
    Empty,

    /// <summary>A byte is zero, as in programs, images and archives, but hardly ever in text.</summary>
    Binary,

    /// <summary>A byte has a value that the encoding does not allow in its position.</summary>
    WrongByte,
}

/// <summary>
/// The error for bytes that are not the text they should be. The message is one sentence that ends with the way out.
/// </summary>
public sealed class TextFormatException : FormatException
{
    private const string AnyBytes =
        "read it with Tokenizer.Bytes, Normalization.None and LineEnds.Keep, which take any bytes";

    private TextFormatException(TextProblem problem, string origin, string cause, string wayOut)
        : base($"{origin} {cause}; {wayOut}.")
    {
        (Problem, Origin, Cause) = (problem, origin, cause);
    }

    /// <summary>The reason.</summary>
    internal TextProblem Problem { get; }

    /// <summary>What is wrong, as the rest of a sentence that begins with the origin.</summary>
    internal string Cause { get; }

    /// <summary>What the bytes are instead, where they begin as files of that kind do.</summary>
    internal FileKind? Kind { get; private init; }

    /// <summary>
    /// The offset in bytes, counted from 0: of the zero byte that no text has, or of the first byte of the first
    /// invalid sequence; 0 where there are no bytes.
    /// </summary>
    public long Offset { get; private init; }

    /// <summary>The number of the line with the invalid sequence, from 1; 0 where there are no lines.</summary>
    public long Line { get; private init; }

    /// <summary>
    /// The origin of the bytes, as given by the caller: a path, or words such as "the standard input".
    /// </summary>
    public string Origin { get; }

    internal static TextFormatException Empty(string origin) =>
        new(TextProblem.Empty, origin, "is empty", "give a text with at least one character");

    internal static TextFormatException Binary(string origin, long offset, FileKind? kind) =>
        new(
            TextProblem.Binary,
            origin,
            kind is null ? $"is not text: it has a zero byte at offset {offset}" : $"is {kind.Name}, not text",
            kind?.WayOut ?? $"convert it to text, or {AnyBytes}"
        )
        {
            Offset = offset,
            Kind = kind,
        };

    internal static TextFormatException Wrong(
        string origin,
        Encoding encoding,
        long offset,
        byte value,
        long line,
        FileKind? kind
    ) =>
        new(
            TextProblem.WrongByte,
            origin,
            kind is null
                ? $"is not {encoding.WebName.ToUpperInvariant()}: byte 0x{value:X2} in line {line}, "
                    + $"at offset {offset}, is invalid"
                : $"is {kind.Name}, not text",
            kind?.WayOut ?? $"give its encoding, such as CorpusOptions.Encoding = Encoding.Latin1, or {AnyBytes}"
        )
        {
            Offset = offset,
            Line = line,
            Kind = kind,
        };
}
