using System.Buffers.Binary;
using Recurrent.Text;

namespace Recurrent.Formats.TokenCaches;

/// <summary>
/// Writes the tokens of a text in as few bytes as the distinct tokens so far need: 1 each until the 257th comes, then
/// 2, and 4 from the 65,537th on. Rare tokens come late, so that few texts are written wider than they must.
/// </summary>
/// <param name="stream">The destination.</param>
internal sealed class NumbersInFile(Stream stream) : NumberSink
{
    private readonly long[] _counts = new long[NumberWidths.All.Length]; // (widths)
    private byte[] _bytes = [];
    private int _width; // place of the present width

    /// <summary>The number of tokens written at each width, of shape (widths).</summary>
    public NumberWidths Widths => new(_counts);

    private protected override void Write(ReadOnlySpan<int> numbers)
    {
        while (!numbers.IsEmpty)
        {
            var bytes = NumberWidths.All[_width];
            var last = (int)Math.Min((1L << (8 * bytes)) - 1, int.MaxValue);
            var wider = numbers.IndexOfAnyExceptInRange(0, last);
            var fitting = numbers[..(wider < 0 ? numbers.Length : wider)];
            Write(fitting, bytes);
            numbers = numbers[fitting.Length..];
            _width += wider < 0 ? 0 : 1;
        }
    }

    private void Write(ReadOnlySpan<int> numbers, int width)
    {
        if (_bytes.Length < numbers.Length * width)
        {
            _bytes = new byte[numbers.Length * width];
        }
        for (var i = 0; i < numbers.Length; i++)
        {
            var place = _bytes.AsSpan(i * width);
            switch (width)
            {
                case 1:
                    place[0] = (byte)numbers[i];
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)numbers[i]);
                    break;
                default:
                    BinaryPrimitives.WriteInt32LittleEndian(place, numbers[i]);
                    break;
            }
        }
        stream.Write(_bytes.AsSpan(0, numbers.Length * width));
        _counts[_width] += numbers.Length;
    }
}
