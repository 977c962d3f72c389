using System.Buffers;
using System.Text.Unicode;

namespace Recurrent.Text;

/// <summary>What a file is that is not text, by the bytes it begins with.</summary>
/// <param name="Name">Its name with an article, such as "a gzip archive".</param>
/// <param name="WayOut">What to do with it instead.</param>
internal sealed record FileKind(string Name, string WayOut)
{
    /// <summary>The number of bytes from the beginning of a file that tell all that can be told.</summary>
    public const int Length = 512;

    private const string Unpack = "unpack it, and give the text that is in it";
    private const string Save = "save it as plain text, and give that";
    private const string Describe = "give a file of text";

    private static readonly FileKind s_zip = new("a zip archive", Unpack);
    private static readonly FileKind s_image = new("an image", Describe);
    private static readonly FileKind s_program = new("a program", Describe);
    private static readonly FileKind s_sound = new("a sound or video file", Describe);
    private static readonly FileKind s_data = new("a file of numbers or tables", "export its text, and give that");

    private static readonly (int Offset, byte[] Bytes, FileKind Kind)[] s_kinds =
    [
        (0, [0x1F, 0x8B], new("a gzip archive", "unpack it with gunzip, and give the text that is in it")),
        (0, [.. "PK\u0003\u0004"u8], s_zip),
        (0, [.. "PK\u0005\u0006"u8], s_zip),
        (0, [.. "BZh"u8], new("a bzip2 archive", Unpack)),
        (0, [0xFD, .. "7zXZ"u8], new("an xz archive", Unpack)),
        (0, [0x28, 0xB5, 0x2F, 0xFD], new("a zstd archive", Unpack)),
        (0, [.. "7z"u8, 0xBC, 0xAF], new("a 7z archive", Unpack)),
        (0, [.. "Rar!"u8], new("a rar archive", Unpack)),
        (257, [.. "ustar"u8], new("a tar archive", Unpack)),
        (0, [.. "%PDF-"u8], new("a PDF document", "extract its text, for instance with pdftotext, and give that")),
        (0, [0xD0, 0xCF, 0x11, 0xE0], new("a document of an older Office", Save)),
        (0, [0x89, .. "PNG"u8], new("a PNG image", Describe)),
        (0, [0xFF, 0xD8, 0xFF], new("a JPEG image", Describe)),
        (0, [.. "GIF8"u8], new("a GIF image", Describe)),
        (8, [.. "WEBP"u8], s_image),
        (0, [.. "II*\0"u8], s_image),
        (0, [.. "MM\0*"u8], s_image),
        (0, [.. "BM"u8], s_image),
        (4, [.. "ftyp"u8], s_sound),
        (0, [.. "ID3"u8], s_sound),
        (0, [.. "OggS"u8], s_sound),
        (0, [.. "fLaC"u8], s_sound),
        (8, [.. "WAVE"u8], s_sound),
        (0, [0x7F, .. "ELF"u8], s_program),
        (0, [.. "MZ"u8], s_program),
        (0, [0xCF, 0xFA, 0xED, 0xFE], s_program),
        (0, [.. "SQLite format 3"u8], new("an SQLite database", "export its text, and give that")),
        (0, [.. "PAR1"u8], s_data),
        (0, [0x93, .. "NUMPY"u8], s_data),
        (0, [0x89, .. "HDF"u8], new("an HDF5 file", "export its text, or for a Keras model its weights")),
        (0, [0x80, 0x02], new("a Python pickle", "save what is in it as text or safetensors")),
        (0, [0x80, 0x04], new("a Python pickle", "save what is in it as text or safetensors")),
        (0, [.. "recurrent-tokens"u8], new("a token cache", "give the text that it was made of")),
    ];

    /// <summary>What a file is; null where it begins as none of those that are known.</summary>
    /// <param name="beginning">Its first bytes, at most <see cref="Length"/> of them.</param>
    public static FileKind? Of(ReadOnlySpan<byte> beginning)
    {
        if (beginning.Length > 9 && beginning[8] == '{' && beginning[5..8].IndexOfAnyExcept((byte)0) < 0)
        {
            return OfSafetensors(beginning);
        }
        foreach (var (offset, bytes, kind) in s_kinds)
        {
            if (beginning.Length >= offset + bytes.Length && beginning[offset..].StartsWith(bytes))
            {
                return kind == s_zip ? OfZip(beginning) : kind;
            }
        }
        return IsUtf16(beginning)
            ? new(
                "UTF-16 without a byte order mark",
                $"name its encoding, {(beginning[0] == 0 ? "utf-16BE" : "utf-16")}"
            )
            : null;
    }

    /// <summary>Tells whether a file begins as UTF-8 text does.</summary>
    /// <param name="beginning">Its first bytes.</param>
    public static bool IsText(ReadOnlySpan<byte> beginning) =>
        beginning.IndexOf((byte)0) < 0
        && Utf8.ToUtf16(
            beginning,
            new char[beginning.Length],
            out _,
            out _,
            replaceInvalidSequences: false,
            isFinalBlock: false
        )
            is OperationStatus.Done
                or OperationStatus.NeedMoreData;

    private static FileKind OfZip(ReadOnlySpan<byte> beginning) =>
        beginning.IndexOf("word/"u8) >= 0 ? new("a Word document", Save)
        : beginning.IndexOf("xl/"u8) >= 0 ? new("an Excel workbook", "save it as CSV, and give that")
        : beginning.IndexOf("[Content_Types].xml"u8) >= 0 ? new("an Office document", Save)
        : beginning.IndexOf("mimetypeapplication/vnd.oasis"u8) >= 0 ? new("an OpenDocument file", Save)
        : beginning.IndexOf("mimetypeapplication/epub"u8) >= 0 ? new("an EPUB book", Save)
        : beginning.IndexOf("data.pkl"u8) >= 0 ? new("a file of PyTorch weights", Describe)
        : s_zip;

    private static FileKind OfSafetensors(ReadOnlySpan<byte> beginning) =>
        beginning.IndexOf("\"recurrent-checkpoint\""u8) >= 0
            ? new("a checkpoint of a training run", "give it the name of its text, and --resume goes on from it")
        : beginning.IndexOf("\"recurrent\""u8) >= 0
            ? new("a model file", "give a text here, and the model where a model belongs")
        : new("a safetensors file", "give a text here");

    /// <summary>Tells whether every other byte is zero, as in text of few characters beyond ASCII.</summary>
    private static bool IsUtf16(ReadOnlySpan<byte> beginning)
    {
        Span<int> zeros = [0, 0]; // at even and at odd offsets
        for (var i = 0; i < beginning.Length; i++)
        {
            zeros[i % 2] += beginning[i] == 0 ? 1 : 0;
        }
        return Math.Min(zeros[0], zeros[1]) == 0 && Math.Max(zeros[0], zeros[1]) > beginning.Length / 4;
    }
}
