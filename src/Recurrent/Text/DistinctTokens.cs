namespace Recurrent.Text;

/// <summary>
/// The distinct tokens of a text, numbered in the order of their first occurrence, with the count of each. The
/// vocabulary's indices are known only at the end of the text; these numbers are known at once.
/// </summary>
internal sealed class DistinctTokens
{
    private readonly List<string> _tokens = [];
    private long[] _counts = new long[256]; // (tokens and spare room)

    /// <summary>The tokens by number.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The number of occurrences of each token, of shape (tokens).</summary>
    public ReadOnlySpan<long> Counts => _counts.AsSpan(0, _tokens.Count);

    /// <summary>Adds a token that has not occurred before.</summary>
    /// <param name="token">The token.</param>
    /// <param name="count">The number of its occurrences so far.</param>
    /// <returns>Its number.</returns>
    public int Add(string token, long count = 0)
    {
        if (_tokens.Count == _counts.Length)
        {
            Array.Resize(ref _counts, 2 * _counts.Length);
        }
        _counts[_tokens.Count] = count;
        _tokens.Add(token);
        return _tokens.Count - 1;
    }

    /// <summary>Counts one more occurrence of a token.</summary>
    public void CountOne(int number) => _counts[number]++;

    /// <summary>The tokens of texts that follow each other, in the order in which one pass would meet them.</summary>
    /// <param name="texts">The tokens of each.</param>
    /// <returns>The tokens of all, and for each text the number that each of its own has there.</returns>
    public static (DistinctTokens All, int[][] Numbers) Merge(IReadOnlyList<DistinctTokens> texts)
    {
        var (all, known) = (new DistinctTokens(), new Dictionary<string, int>(StringComparer.Ordinal));
        var numbers = texts.Select(text => new int[text.Tokens.Count]).ToArray();
        for (var text = 0; text < texts.Count; text++)
        {
            for (var number = 0; number < texts[text].Tokens.Count; number++)
            {
                var token = texts[text].Tokens[number];
                if (!known.TryGetValue(token, out numbers[text][number]))
                {
                    known.Add(token, numbers[text][number] = all.Add(token));
                }
                all._counts[numbers[text][number]] += texts[text].Counts[number];
            }
        }
        return (all, numbers);
    }
}
