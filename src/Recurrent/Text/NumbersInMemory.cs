using System.Buffers;

namespace Recurrent.Text;

/// <summary>The tokens of a text kept in memory, all of them or a part.</summary>
/// <param name="max">The most tokens to keep; null for all.</param>
/// <param name="start">The position of the first token to keep.</param>
internal sealed class NumbersInMemory(long? max, long start = 0) : NumberSink
{
    private readonly ArrayBufferWriter<int> _kept = new();

    /// <summary>The number of tokens so far, kept or not.</summary>
    public long Seen { get; private set; }

    /// <summary>The numbers that were kept, of shape (tokens kept).</summary>
    public ReadOnlyMemory<int> Kept => _kept.WrittenMemory;

    /// <summary>Replaces each number by its index.</summary>
    /// <param name="indices">The index of each number, of shape (distinct tokens).</param>
    /// <returns>A new array, of shape (tokens kept).</returns>
    public int[] Map(int[] indices)
    {
        var tokens = new int[_kept.WrittenCount];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = indices[_kept.WrittenSpan[i]];
        }
        return tokens;
    }

    private protected override void Write(ReadOnlySpan<int> numbers)
    {
        var skipped = (int)Math.Clamp(start - Seen, 0, numbers.Length);
        Seen += numbers.Length;
        numbers = numbers[skipped..];
        var wanted = (int)Math.Min(numbers.Length, (max ?? long.MaxValue) - _kept.WrittenCount);
        if (wanted > Array.MaxLength - _kept.WrittenCount)
        {
            throw new IOException(
                $"The text has more than {Array.MaxLength:#,0} tokens, the most that memory can hold; keep them in a "
                    + "token cache, or split the text."
            );
        }
        _kept.Write(numbers[..wanted]);
    }
}
