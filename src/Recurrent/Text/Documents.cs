using System.Text;

namespace Recurrent.Text;

/// <summary>
/// Several documents as one text, in UTF-8 after a byte order mark, which says so whatever encoding they had. Each ends
/// with a line end, which is added where it is missing; between two of them stands an empty line, except between
/// two of one line each. A document without a character leaves no trace.
/// </summary>
internal static class Documents
{
    private const int PartLength = 1 << 16; // bytes
    private static readonly ReadOnlyMemory<byte> s_lineEnd = "\n"u8.ToArray();

    /// <summary>Opens files as one text, each taken for a document of several lines.</summary>
    /// <param name="paths">The files, in this order.</param>
    /// <param name="options">The encoding; and whether the files are text, or any bytes.</param>
    public static Stream OpenFiles(IEnumerable<string> paths, CorpusOptions options) =>
        new PieceStream(options.IsRaw ? Joined(paths, Raw) : Marked(Joined(paths, path => Decoded(path, options))));

    /// <summary>Opens single texts as one.</summary>
    /// <param name="documents">The texts, which are asked for as the stream is read.</param>
    /// <param name="options">Whether they are read as text, or as any bytes.</param>
    public static Stream Open(IEnumerable<string> documents, CorpusOptions options) =>
        new PieceStream(options.IsRaw ? Joined(documents) : Marked(Joined(documents)));

    /// <summary>A text in UTF-8, without a byte order mark, in pieces that are valid until the next one.</summary>
    /// <param name="stream">The text's bytes; it is left open.</param>
    /// <param name="origin">The name of the text in error messages.</param>
    /// <param name="encoding">The encoding of bytes without a byte order mark; null for UTF-8.</param>
    /// <exception cref="TextFormatException">The bytes are empty, or not text in their encoding.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Decoded(Stream stream, string origin, Encoding? encoding)
    {
        var text = new Utf8Collector();
        var decoder = new TextDecoder(origin, encoding, text);
        var part = new byte[PartLength];
        while (stream.Read(part) is > 0 and var count)
        {
            decoder.Add(part.AsSpan(0, count));
            yield return text.Take();
        }
        decoder.End();
        yield return text.Take();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Decoded(string path, CorpusOptions options)
    {
        using var stream = TextFile.OpenRead(path);
        if (stream.CanSeek && stream.Length == 0)
        {
            yield break;
        }
        foreach (var piece in Decoded(stream, path, options.Encoding))
        {
            yield return piece;
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Raw(string path)
    {
        using var stream = TextFile.OpenRead(path);
        var part = new byte[PartLength];
        while (stream.Read(part) is > 0 and var count)
        {
            yield return part.AsMemory(0, count);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Marked(IEnumerable<ReadOnlyMemory<byte>> pieces) =>
        pieces.Prepend(Encoding.UTF8.GetPreamble());

    private static IEnumerable<ReadOnlyMemory<byte>> Joined(
        IEnumerable<string> paths,
        Func<string, IEnumerable<ReadOnlyMemory<byte>>> read
    )
    {
        byte? last = null; // byte of the document before
        foreach (var path in paths)
        {
            var isFirst = true;
            foreach (var piece in read(path).Where(piece => !piece.IsEmpty))
            {
                if (isFirst && last is not null)
                {
                    if (!IsLineEnd(last.Value))
                    {
                        yield return s_lineEnd;
                    }
                    yield return s_lineEnd;
                }
                isFirst = false;
                last = piece.Span[^1];
                yield return piece;
            }
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Joined(IEnumerable<string> documents)
    {
        var (isFirst, wasLong) = (true, false);
        foreach (var document in documents.Where(document => document.Length > 0))
        {
            var text = IsLineEnd(document[^1]) ? document : document + "\n";
            var isLong = text.AsSpan().TrimEnd("\r\n").ContainsAny('\r', '\n');
            if (!isFirst && (isLong || wasLong))
            {
                yield return s_lineEnd;
            }
            (isFirst, wasLong) = (false, isLong);
            yield return Encoding.UTF8.GetBytes(text);
        }
    }

    private static bool IsLineEnd(int character) => character is '\n' or '\r';

    /// <summary>Collects text as UTF-8.</summary>
    private sealed class Utf8Collector : TextSink
    {
        private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
        private byte[] _bytes = new byte[PartLength];
        private int _count;

        public override void Add(ReadOnlySpan<char> text) => Encode(text, flush: false);

        public override void EndSegment() => Encode([], flush: true);

        /// <summary>What came since the last call.</summary>
        public ReadOnlyMemory<byte> Take()
        {
            var taken = _bytes.AsMemory(0, _count);
            _count = 0;
            return taken;
        }

        private void Encode(ReadOnlySpan<char> text, bool flush)
        {
            var most = _count + Encoding.UTF8.GetMaxByteCount(text.Length + 1);
            if (most > _bytes.Length)
            {
                Array.Resize(ref _bytes, most);
            }
            _count += _encoder.GetBytes(text, _bytes.AsSpan(_count), flush);
        }
    }
}
