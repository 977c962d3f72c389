namespace Recurrent.Text;

/// <summary>Takes the tokens of a text, one after the other, as numbers of <see cref="DistinctTokens"/>.</summary>
internal abstract class NumberSink
{
    private readonly int[] _numbers = new int[4096];
    private int _count; // numbers that are yet to be written

    /// <summary>Takes the next token.</summary>
    public void Add(int number)
    {
        _numbers[_count++] = number;
        if (_count == _numbers.Length)
        {
            Flush();
        }
    }

    /// <summary>Writes what is yet to be written; to be called at the end.</summary>
    public void Flush()
    {
        Write(_numbers.AsSpan(0, _count));
        _count = 0;
    }

    /// <summary>The error of a text with more tokens than a sequence can have.</summary>
    private protected static IOException TooMany() =>
        new($"The text has more than {Array.MaxLength:#,0} tokens, the most that can be kept; split it.");

    /// <summary>Writes numbers, of shape (any).</summary>
    private protected abstract void Write(ReadOnlySpan<int> numbers);
}
