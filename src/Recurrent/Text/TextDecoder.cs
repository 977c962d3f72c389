using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Recurrent.Text;

/// <summary>
/// A decoder of bytes, part by part, that obeys byte order marks and reports exactly what is wrong, and where, if the
/// bytes are not text in their encoding.
/// </summary>
/// <param name="origin">The name of the bytes in error messages.</param>
/// <param name="encoding">The encoding of bytes without a byte order mark; null for UTF-8.</param>
/// <param name="next">The step that takes the text, without a byte order mark.</param>
/// <param name="mayBeMarked">Whether the bytes may begin with a byte order mark.</param>
internal sealed class TextDecoder(string origin, Encoding? encoding, TextSink next, bool mayBeMarked = true)
{
    private const int LongestMark = 4;
    private const int Utf8Page = 65001;

    private static readonly (byte[] Mark, Encoding Encoding)[] s_marks =
    [
        ([0xEF, 0xBB, 0xBF], Encoding.UTF8),
        ([0xFF, 0xFE, 0x00, 0x00], Encoding.UTF32), // before that of UTF-16, with which it begins
        ([0x00, 0x00, 0xFE, 0xFF], new UTF32Encoding(bigEndian: true, byteOrderMark: false)),
        ([0xFF, 0xFE], Encoding.Unicode),
        ([0xFE, 0xFF], Encoding.BigEndianUnicode),
    ];

    private readonly byte[] _bytes = new byte[1 << 14];
    private readonly char[] _characters = new char[1 << 14]; // no encoding has fewer bytes than UTF-16 has units
    private readonly byte[] _beginning = new byte[FileKind.Length]; // of the bytes, to tell what they are
    private readonly WrongBytes _wrongBytes = new();
    private Encoding? _encoding; // known once a mark has been looked for
    private Decoder? _decoder; // of another encoding than UTF-8
    private int _held; // bytes that have not been decoded yet
    private long _added; // bytes in all parts so far
    private (long LineFeeds, long Returns) _lines;
    private bool _hasText;
    private (long Offset, byte Value, long Line)? _wrong; // the first byte that is not in the encoding

    /// <summary>Adds the next part of the bytes.</summary>
    /// <exception cref="TextFormatException">A byte is zero, in an encoding that has none.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (_added < _beginning.Length)
        {
            var room = _beginning.AsSpan((int)_added);
            bytes[..Math.Min(room.Length, bytes.Length)].CopyTo(room);
        }
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, _bytes.Length - _held);
            bytes[..count].CopyTo(_bytes.AsSpan(_held));
            (_held, _added) = (_held + count, _added + count);
            bytes = bytes[count..];
            Decode(isLast: false);
        }
    }

    /// <summary>Ends the text.</summary>
    /// <exception cref="TextFormatException">There are no bytes, or they are not in the encoding.</exception>
    public void End()
    {
        Decode(isLast: true);
        if (_wrong is { } wrong)
        {
            throw TextFormatException.Wrong(origin, _encoding!, wrong.Offset, wrong.Value, wrong.Line, Kind());
        }
        if (!_hasText)
        {
            throw TextFormatException.Empty(origin);
        }
        next.EndSegment();
    }

    private FileKind? Kind() =>
        IsWide(_encoding!) ? null : FileKind.Of(_beginning.AsSpan(0, (int)Math.Min(_added, _beginning.Length)));

    private void Decode(bool isLast)
    {
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(0, _held);
        if (_encoding is null)
        {
            if (bytes.Length < LongestMark && !isLast)
            {
                return;
            }
            bytes = Start(bytes);
        }
        // A zero byte says more than a wrong one before it, so the search for one goes on to the end.
        if (!IsWide(_encoding!) && bytes.IndexOf((byte)0) is >= 0 and var zero)
        {
            throw TextFormatException.Binary(origin, _added - bytes.Length + zero, Kind());
        }
        var rest =
            _wrong is not null ? []
            : _decoder is null ? DecodeUtf8(bytes, isLast)
            : DecodeOther(bytes, _decoder, isLast);
        rest.CopyTo(_bytes);
        _held = rest.Length;
    }

    /// <summary>Looks for a byte order mark.</summary>
    /// <returns>The bytes after it.</returns>
    private ReadOnlySpan<byte> Start(ReadOnlySpan<byte> bytes)
    {
        _encoding = encoding ?? Encoding.UTF8;
        foreach (var (mark, marked) in s_marks)
        {
            if (mayBeMarked && bytes.StartsWith(mark))
            {
                _encoding = marked;
                bytes = bytes[mark.Length..];
                break;
            }
        }
        if (_encoding.CodePage != Utf8Page)
        {
            var strict = (Encoding)_encoding.Clone();
            strict.DecoderFallback = _wrongBytes;
            _decoder = strict.GetDecoder();
        }
        return bytes;
    }

    private ReadOnlySpan<byte> DecodeUtf8(ReadOnlySpan<byte> bytes, bool isLast)
    {
        var status = Utf8.ToUtf16(
            bytes,
            _characters,
            out var read,
            out var written,
            replaceInvalidSequences: false,
            isFinalBlock: isLast
        );
        PassOn(written);
        var rest = bytes[read..];
        if (status == OperationStatus.InvalidData)
        {
            _wrong = (_added - rest.Length, rest[0], Line);
        }
        return rest;
    }

    private ReadOnlySpan<byte> DecodeOther(ReadOnlySpan<byte> bytes, Decoder decoder, bool isLast)
    {
        var completed = false;
        while (!completed)
        {
            decoder.Convert(bytes, _characters, isLast, out var read, out var written, out completed);
            if (_wrongBytes.First is var (index, value))
            {
                PassOn(_characters.AsSpan(0, written).IndexOf(WrongBytes.Mark));
                _wrong = (_added - bytes.Length + index, value, Line);
                break;
            }
            PassOn(written);
            bytes = bytes[read..];
        }
        return []; // the decoder keeps what is incomplete
    }

    /// <summary>The number of the line that comes next, from 1; lines end at CRLF, LF or CR.</summary>
    private long Line => Math.Max(_lines.LineFeeds, _lines.Returns) + 1;

    private void PassOn(int count)
    {
        var text = _characters.AsSpan(0, count);
        _hasText |= count > 0;
        _lines = (_lines.LineFeeds + text.Count('\n'), _lines.Returns + text.Count('\r'));
        next.Add(text);
    }

    /// <summary>Tells whether zero bytes are a part of every other character.</summary>
    private static bool IsWide(Encoding encoding) => encoding is UnicodeEncoding or UTF32Encoding;

    /// <summary>Remembers the first bytes that are not in an encoding.</summary>
    private sealed class WrongBytes : DecoderFallback
    {
        /// <summary>The character put for them, which no text has.</summary>
        public const char Mark = '\uFFFF';

        /// <summary>The first of them, and its place among the bytes converted, negative before them.</summary>
        public (int Index, byte Value)? First { get; private set; }

        public override int MaxCharCount => 1;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer(this);

        private sealed class Buffer(WrongBytes owner) : DecoderFallbackBuffer
        {
            private int _left;

            public override int Remaining => Math.Max(_left, 0);

            public override bool Fallback(byte[] bytesUnknown, int index)
            {
                owner.First ??= (index, bytesUnknown[0]);
                _left = 1;
                return true;
            }

            public override char GetNextChar() => _left-- > 0 ? Mark : '\0';

            public override bool MovePrevious() => false;

            public override void Reset() => _left = 0;
        }
    }
}
