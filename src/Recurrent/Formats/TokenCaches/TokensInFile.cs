using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>
/// The tokens of a text in a file, read where they are asked for. The file is not mapped: what is read of a mapping
/// counts as the process's memory, and an epoch reads all of it. The system keeps what it has memory for either way.
/// </summary>
internal sealed class TokensInFile : TokenSequence
{
    private const int PartLength = 4096; // bytes that are read at once

    private readonly SafeFileHandle _file; // the corpus's
    private readonly long _offset; // of the first token of the file, in bytes
    private readonly NumberWidths _widths;
    private readonly int[] _indexes; // (distinct tokens), the vocabulary's index of each number
    private readonly long _start;

    /// <summary>Describes the tokens.</summary>
    /// <param name="file">The file, open to read.</param>
    /// <param name="offset">Where its tokens begin, in bytes.</param>
    /// <param name="widths">The widths that they are kept in.</param>
    /// <param name="indexes">The vocabulary's index for each number, of shape (distinct tokens).</param>
    /// <param name="start">The first token of the sequence.</param>
    /// <param name="length">The number of its tokens.</param>
    public TokensInFile(SafeFileHandle file, long offset, NumberWidths widths, int[] indexes, long start, long length)
        : base(length)
    {
        (_file, _offset, _widths, _indexes, _start) = (file, offset, widths, indexes, start);
    }

    internal override ReadOnlyMemory<int> InMemory() => ToArray();

    private protected override TokenSequence Part(long start, long length) =>
        new TokensInFile(_file, _offset, _widths, _indexes, _start + start, length);

    private protected override void Read(long start, Span<int> destination)
    {
        Span<byte> bytes = stackalloc byte[PartLength];
        for (var token = _start + start; !destination.IsEmpty; )
        {
            var (offset, width, alike) = _widths.Find(token);
            var count = (int)Math.Min(Math.Min(destination.Length, PartLength / width), alike);
            var part = bytes[..(count * width)];
            ReadExactly(part, _offset + offset);
            for (var i = 0; i < count; i++)
            {
                var place = part[(i * width)..];
                var number = width switch
                {
                    1 => place[0],
                    2 => BinaryPrimitives.ReadUInt16LittleEndian(place),
                    _ => BinaryPrimitives.ReadInt32LittleEndian(place),
                };
                destination[i] = _indexes[number];
            }
            destination = destination[count..];
            token += count;
        }
    }

    private void ReadExactly(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var count = RandomAccess.Read(_file, bytes, offset);
            if (count == 0)
            {
                throw new EndOfStreamException(
                    "The token cache was cut short while it was in use; start again, and it is made again."
                );
            }
            bytes = bytes[count..];
            offset += count;
        }
    }
}
