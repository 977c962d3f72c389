namespace Recurrent.Text;

/// <summary>
/// The end of reading: takes the tokens of a text in order, as numbers of <see cref="DistinctTokens"/>.
/// </summary>
internal abstract class NumberSink
{
    private readonly int[] _numbers = new int[4096];
    private int _count; // numbers that have not been written yet

    /// <summary>Adds the next token.</summary>
    public void Add(int number)
    {
        _numbers[_count++] = number;
        if (_count == _numbers.Length)
        {
            Flush();
        }
    }

    /// <summary>Writes the numbers that have not been written yet; to be called at the end.</summary>
    public void Flush()
    {
        Write(_numbers.AsSpan(0, _count));
        _count = 0;
    }

    /// <summary>Writes numbers, of shape (any length).</summary>
    private protected abstract void Write(ReadOnlySpan<int> numbers);
}
