using System.Numerics;
using Recurrent.Ranges;

namespace Recurrent.Models.Counts;

/// <summary>
/// All n-grams of a text up to a length, with their exact counts. Those of one length are in lexicographic order, so
/// those that begin alike lie side by side, and an n-gram's place stands for it.
/// </summary>
internal sealed class NGramTrie
{
    /// <summary>The largest <see cref="Order"/>.</summary>
    public const int MaxOrder = 8;

    private readonly Level[] _levels; // (order + 1), by length; level 0 is the empty n-gram

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">Token indices (tokens), each at least 0; maybe none.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is out of range.</exception>
    public NGramTrie(ReadOnlySpan<int> tokens, int order)
    {
        Order = Within.From(1, MaxOrder).Require(nameof(order), order);
        var starts = SortedWindows(tokens, order);
        var shared = SharedLengths(tokens, starts, order);
        _levels = new Level[order + 1];
        _levels[0] = Level.OfTheEmpty();
        var shorter = new int[tokens.Length + 1]; // places of the n-grams one shorter, by where they begin
        var places = new int[tokens.Length + 1];
        for (var length = 1; length <= order; length++)
        {
            _levels[length] = AddLevel(tokens, starts, shared, length, shorter, places);
            (shorter, places) = (places, shorter);
        }
    }

    /// <summary>Length of the longest n-grams.</summary>
    public int Order { get; }

    /// <summary>The number of different n-grams of a length.</summary>
    public int CountOf(int length) => _levels[length].Tokens.Length;

    /// <summary>The last token of each n-gram of a length.</summary>
    public ReadOnlySpan<int> LastTokens(int length) => _levels[length].Tokens;

    /// <summary>How often the text has each n-gram of a length.</summary>
    public ReadOnlySpan<int> Occurrences(int length) => _levels[length].Occurrences;

    /// <summary>
    /// After how many different tokens the text has each n-gram of a length, less than the longest. None is before the
    /// n-gram that the text begins with, unless it comes again.
    /// </summary>
    public ReadOnlySpan<int> Continuations(int length) => _levels[length].Continuations;

    /// <summary>The places of the n-grams that are one token longer than one of a length, and begin with it.</summary>
    public (int First, int End) Longer(int length, int place)
    {
        var first = _levels[length].FirstLonger;
        return (first[place], first[place + 1]);
    }

    /// <summary>The place of the n-gram without its first token, among those one shorter.</summary>
    public int WithoutFirst(int length, int place) => _levels[length].WithoutFirst[place];

    /// <summary>The place of an n-gram with one more token at its end; negative where the text has no such.</summary>
    public int Find(int length, int place, int token)
    {
        var (first, end) = Longer(length, place);
        var found = LastTokens(length + 1)[first..end].BinarySearch(token);
        return found < 0 ? -1 : first + found;
    }

    /// <summary>
    /// Where each window of the text begins, in lexicographic order of the windows, which are cut off at its end. Ranks
    /// of windows make those of windows twice as long (Manber and Myers, "Suffix arrays", 1990, section 3).
    /// </summary>
    private static int[] SortedWindows(ReadOnlySpan<int> tokens, int order)
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

    /// <summary>How many tokens each sorted window shares with the one before it, up to the order.</summary>
    private static byte[] SharedLengths(ReadOnlySpan<int> tokens, int[] starts, int order)
    {
        var shared = new byte[starts.Length];
        for (var i = 1; i < starts.Length; i++)
        {
            var longest = Math.Min(order, tokens.Length - Math.Max(starts[i - 1], starts[i]));
            shared[i] = (byte)tokens.Slice(starts[i - 1], longest).CommonPrefixLength(tokens.Slice(starts[i], longest));
        }
        return shared;
    }

    /// <summary>Counts the n-grams of one length, and completes those one shorter.</summary>
    private Level AddLevel(
        ReadOnlySpan<int> tokens,
        int[] starts,
        byte[] shared,
        int length,
        int[] shorter,
        int[] places
    )
    {
        var count = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            count += shared[i] < length && starts[i] + length <= tokens.Length ? 1 : 0;
        }
        var level = new Level(count, hasLonger: length < Order);
        var above = _levels[length - 1];
        var place = -1;
        for (var i = 0; i < starts.Length; i++)
        {
            var start = starts[i];
            if (start + length > tokens.Length)
            {
                continue;
            }
            if (shared[i] < length)
            {
                place++;
                level.Tokens[place] = tokens[start + length - 1];
                above.FirstLonger[shorter[start] + 1]++;
                var withoutFirst = shorter[start + 1];
                above.Continuations[withoutFirst]++;
                if (length < Order)
                {
                    level.WithoutFirst[place] = withoutFirst;
                }
            }
            level.Occurrences[place]++;
            places[start] = place;
        }
        for (var i = 1; i < above.FirstLonger.Length; i++)
        {
            above.FirstLonger[i] += above.FirstLonger[i - 1];
        }
        return level;
    }

    /// <summary>The n-grams of one length; of the longest only tokens and occurrences.</summary>
    private sealed class Level(int count, bool hasLonger)
    {
        public int[] Tokens { get; } = new int[count];

        public int[] Occurrences { get; } = new int[count];

        public int[] Continuations { get; } = new int[hasLonger ? count : 0];

        public int[] WithoutFirst { get; } = new int[hasLonger ? count : 0];

        public int[] FirstLonger { get; } = new int[hasLonger ? count + 1 : 0];

        public static Level OfTheEmpty() => new(1, hasLonger: true);
    }
}
