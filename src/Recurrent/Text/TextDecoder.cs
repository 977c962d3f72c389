using System.Buffers;
using System.Text.Unicode;

namespace Recurrent.Text;

/// <summary>
/// A decoder of UTF-8, part by part, that reports exactly what is wrong, and at which byte, if the bytes are not UTF-8.
/// </summary>
/// <param name="origin">The name of the bytes in error messages.</param>
/// <param name="next">The step that takes the text, without a byte order mark.</param>
internal sealed class TextDecoder(string origin, NormalizingSink next)
{
    private readonly byte[] _bytes = new byte[1 << 14];
    private readonly char[] _characters = new char[1 << 14]; // UTF-8 never has fewer bytes than UTF-16 has units
    private int _held; // bytes that have not been decoded yet
    private long _added; // bytes in all parts so far
    private bool _isPastMark; // whether a byte order mark has been looked for
    private bool _hasText;
    private (long Offset, byte Value)? _wrong; // the first byte that is not UTF-8

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Adds the next part of the bytes.</summary>
    /// <exception cref="TextFormatException">A byte is zero.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        // A zero byte says more than a wrong one before it, so the search for one goes on to the end.
        var zero = bytes.IndexOf((byte)0);
        if (zero >= 0)
        {
            throw TextFormatException.Binary(origin, _added + zero);
        }
        while (!bytes.IsEmpty && _wrong is null)
        {
            var count = Math.Min(bytes.Length, _bytes.Length - _held);
            bytes[..count].CopyTo(_bytes.AsSpan(_held));
            (_held, _added) = (_held + count, _added + count);
            bytes = bytes[count..];
            Decode(isLast: false);
        }
        _added += bytes.Length;
    }

    /// <summary>Ends the text.</summary>
    /// <exception cref="TextFormatException">There are no bytes, or they are not UTF-8.</exception>
    public void End()
    {
        if (_wrong is null)
        {
            Decode(isLast: true);
        }
        if (_wrong is { } wrong)
        {
            throw TextFormatException.NotUtf8(origin, wrong.Offset, wrong.Value);
        }
        if (!_hasText)
        {
            throw TextFormatException.Empty(origin);
        }
        next.End();
    }

    private void Decode(bool isLast)
    {
        var bytes = _bytes.AsSpan(0, _held);
        if (!_isPastMark)
        {
            if (bytes.Length < ByteOrderMark.Length && !isLast)
            {
                return;
            }
            _isPastMark = true;
            bytes = bytes.StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes;
        }
        var status = Utf8.ToUtf16(
            bytes,
            _characters,
            out var read,
            out var written,
            replaceInvalidSequences: false,
            isFinalBlock: isLast
        );
        _hasText |= written > 0;
        next.Add(_characters.AsSpan(0, written));
        var rest = bytes[read..];
        if (status == OperationStatus.InvalidData)
        {
            _wrong = (_added - rest.Length, rest[0]);
        }
        rest.CopyTo(_bytes);
        _held = rest.Length;
    }
}
