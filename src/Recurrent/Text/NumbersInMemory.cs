using System.Buffers;

namespace Recurrent.Text;

/// <summary>Keeps the tokens of a text in memory, all of them or a part.</summary>
/// <param name="most">The most that are kept; null for all.</param>
/// <param name="start">The first that is kept.</param>
internal sealed class NumbersInMemory(int? most, long start = 0) : NumberSink
{
    private readonly ArrayBufferWriter<int> _kept = new();

    /// <summary>The tokens that came, kept or not.</summary>
    public long Seen { get; private set; }

    /// <summary>What is kept, of shape (tokens kept).</summary>
    public ReadOnlyMemory<int> Kept => _kept.WrittenMemory;

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
        var skipped = (int)Math.Clamp(start - Seen, 0, numbers.Length);
        Seen += numbers.Length;
        numbers = numbers[skipped..];
        var room = (most ?? Array.MaxLength) - _kept.WrittenCount;
        if (most is null && numbers.Length > room)
        {
            throw TooMany();
        }
        _kept.Write(numbers[..Math.Min(numbers.Length, room)]);
    }
}
