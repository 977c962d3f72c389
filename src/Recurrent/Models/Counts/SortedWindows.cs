using System.Numerics;
using Recurrent.Ranges;

namespace Recurrent.Models.Counts;

/// <summary>
/// Where the n-grams of a text begin, in lexicographic order, in which those that begin alike lie side by side.
/// </summary>
internal sealed class SortedWindows
{
    private readonly int[] _starts; // (tokens)
    private readonly byte[] _shared; // (tokens), tokens that each window shares with the one before it, up to the order
    private readonly int[] _counts; // (order + 1), different n-grams by length

    /// <summary>Sorts the windows of a text.</summary>
    /// <param name="tokens">Token indices (tokens), each at least 0; maybe none.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is out of range.</exception>
    public SortedWindows(ReadOnlyMemory<int> tokens, int order)
    {
        Order = Within.From(1, NGramTrie.MaxOrder).Require(nameof(order), order);
        Tokens = tokens;
        var text = tokens.Span;
        _starts = Sort(text, order);
        _shared = new byte[_starts.Length];
        _counts = new int[order + 1];
        for (var i = 0; i < _starts.Length; i++)
        {
            var start = _starts[i];
            var longest = Math.Min(order, text.Length - start);
            if (i > 0)
            {
                var shared = Math.Min(longest, text.Length - _starts[i - 1]);
                _shared[i] = (byte)text.Slice(_starts[i - 1], shared).CommonPrefixLength(text.Slice(start, shared));
            }
            for (var length = _shared[i] + 1; length <= longest; length++)
            {
                _counts[length]++;
            }
        }
    }

    /// <summary>Length of the longest n-grams.</summary>
    public int Order { get; }

    /// <summary>The text (tokens).</summary>
    public ReadOnlyMemory<int> Tokens { get; }

    /// <summary>Where each window begins (tokens); near the end of the text they are shorter than the order.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>How many tokens each window shares with the one before it (tokens), up to the order.</summary>
    public ReadOnlySpan<byte> Shared => _shared;

    /// <summary>The number of different n-grams of a length.</summary>
    public int CountOf(int length) => _counts[length];

    /// <summary>
    /// Where each window of the text begins, in lexicographic order of the windows, which are cut off at its end. Ranks
    /// of windows make those of windows twice as long (Manber and Myers, "Suffix arrays", 1990, section 3).
    /// </summary>
    private static int[] Sort(ReadOnlySpan<int> tokens, int order)
    {
        const int Bits = 64;
        var starts = new int[tokens.Length];
        var keys = new ulong[tokens.Length];
        var largest = 0;
        foreach (var token in tokens)
        {
            largest = Math.Max(largest, token);
        }
        var width = BitOperations.Log2((uint)largest + 1) + 1; // of a token plus one; 0 is the end
        var known = Math.Min(order, Bits / width); // tokens that the order is right for
        var mask = known * width == Bits ? ulong.MaxValue : (1UL << (known * width)) - 1;
        var window = 0UL;
        for (var start = tokens.Length + known - 2; start >= 0; start--)
        {
            // From the back, so that each window takes one more token in front and loses its last.
            var token = start < tokens.Length ? (ulong)tokens[start] + 1 : 0;
            window = ((window >> width) | (token << ((known - 1) * width))) & mask;
            if (start < tokens.Length)
            {
                (starts[start], keys[start]) = (start, window);
            }
        }
        Array.Sort(keys, starts);
        while (known < order)
        {
            var ranks = new uint[tokens.Length + known]; // 0 behind the end
            var rank = 0u;
            for (var i = 0; i < starts.Length; i++)
            {
                rank += i == 0 || keys[i] != keys[i - 1] ? 1u : 0u;
                ranks[starts[i]] = rank;
            }
            for (var i = 0; i < starts.Length; i++)
            {
                keys[i] = ((ulong)ranks[starts[i]] << (Bits / 2)) | ranks[starts[i] + known];
            }
            Array.Sort(keys, starts);
            known *= 2;
        }
        return starts;
    }
}
