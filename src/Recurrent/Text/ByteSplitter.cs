using System.Text;

namespace Recurrent.Text;

/// <summary>The splitter of <see cref="Tokenizer.Bytes"/>.</summary>
internal sealed class ByteSplitter(DistinctTokens distinct, NumberSink numbers) : TextSink
{
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder(); // keeps the first half of a pair
    private readonly byte[] _bytes = new byte[4096];
    private readonly int[] _numbers = new int[256]; // number + 1 of each byte, or 0 where it has none yet

    public override void Add(ReadOnlySpan<char> text) => Encode(text, flush: false);

    /// <summary>Adds bytes that need not be text.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            ref var entry = ref _numbers[value];
            if (entry == 0)
            {
                entry = distinct.Add(ByteTokenizer.TokenOf(value)) + 1;
            }
            distinct.CountOne(entry - 1);
            numbers.Add(entry - 1);
        }
    }

    public override void EndSegment() => Encode([], flush: true);

    private void Encode(ReadOnlySpan<char> text, bool flush)
    {
        var completed = false;
        while (!completed)
        {
            _encoder.Convert(text, _bytes, flush, out var read, out var written, out completed);
            Add(_bytes.AsSpan(0, written));
            text = text[read..];
        }
    }
}
