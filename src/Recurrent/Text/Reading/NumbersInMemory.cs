using System.Buffers;

namespace Recurrent.Text.Reading;

/// <summary>Keeps the tokens of a text in memory, all of them or those at its beginning.</summary>
/// <param name="most">The most that are kept; null for all.</param>
internal sealed class NumbersInMemory(int? most) : NumberSink
{
    private readonly ArrayBufferWriter<int> _kept = new();

    /// <summary>Replaces each number by another.</summary>
    /// <param name="indexes">What stands for each number, of shape (distinct tokens).</param>
    /// <returns>A new array, of shape (tokens kept).</returns>
    public int[] Map(int[] indexes)
    {
        var tokens = new int[_kept.WrittenCount];
        for (var place = 0; place < tokens.Length; place++)
        {
            tokens[place] = indexes[_kept.WrittenSpan[place]];
        }
        return tokens;
    }

    private protected override void Write(ReadOnlySpan<int> numbers)
    {
        var room = (most ?? Array.MaxLength) - _kept.WrittenCount;
        if (most is null && numbers.Length > room)
        {
            throw TooMany();
        }
        _kept.Write(numbers[..Math.Min(numbers.Length, room)]);
    }
}
