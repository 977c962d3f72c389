using Recurrent.Ranges;

namespace Recurrent.Models.Counts;

/// <summary>
/// The n-grams of a text up to a length, counted as Kneser and Ney do: the longest by how often the text has them, and
/// all others by after how many different tokens. Those of one length are in lexicographic order, so those that begin
/// alike lie side by side, and an n-gram's place stands for it.
/// </summary>
internal sealed class NGramTrie
{
    /// <summary>The largest <see cref="Order"/>.</summary>
    public const int MaxOrder = 8;

    private readonly NGram[][] _levels; // (order + 1), by length; but for the longest, each with one more for its end

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="windows">The text, sorted for n-grams that are at least as long.</param>
    /// <param name="order">Length of the longest n-grams, 1 to the order of the windows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is out of range.</exception>
    public NGramTrie(SortedWindows windows, int order)
    {
        Order = Within.From(1, windows.Order).Require(nameof(order), order);
        _levels = new NGram[order + 1][];
        _levels[0] = new NGram[2];
        for (var length = 1; length <= order; length++)
        {
            _levels[length] = new NGram[windows.CountOf(length) + (length < order ? 1 : 0)];
        }
        var text = windows.Tokens.Span;
        Span<int> places = stackalloc int[order + 2]; // of the n-grams that the last window begins with
        places.Fill(-1);
        for (var i = 0; i < windows.Starts.Length; i++)
        {
            var start = windows.Starts[i];
            var longest = Math.Min(order, text.Length - start);
            for (var length = windows.Shared[i] + 1; length <= longest; length++)
            {
                ref var ngram = ref _levels[length][++places[length]];
                ngram.Token = text[start + length - 1];
                ngram.FirstLonger = places[length + 1] + 1;
            }
            if (longest == order)
            {
                _levels[order][places[order]].Count++;
            }
        }
        for (var length = 0; length < order; length++)
        {
            _levels[length][^1].FirstLonger = windows.CountOf(length + 1);
        }
        CountContinuations();
    }

    /// <summary>Takes n-grams from <see cref="ToTables"/>, and counts again what they leave out.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is out of range.</exception>
    /// <exception cref="ArgumentException">They are not the n-grams of any text.</exception>
    public NGramTrie(NGramTables tables, int order, int vocabularySize)
    {
        Order = Within.From(1, MaxOrder).Require(nameof(order), order);
        _levels = new NGram[order + 1][];
        _levels[0] = new NGram[2];
        var tokens = tables.Tokens.AsSpan();
        var longer = tables.Longer.AsSpan();
        for (var length = 1; length <= order; length++)
        {
            var above = _levels[length - 1];
            var count = 0L;
            for (var place = 0; place < above.Length - 1; place++)
            {
                above[place].FirstLonger = (int)count;
                count += (uint)Next(ref longer);
                if (count > tokens.Length)
                {
                    throw Wrong("more n-grams follow others than there are");
                }
            }
            above[^1].FirstLonger = (int)count;
            var level = _levels[length] = new NGram[count + (length < order ? 1 : 0)];
            for (var place = 0; place < count; place++)
            {
                level[place].Token = Next(ref tokens);
            }
            RequireSorted(above, level, vocabularySize);
        }
        var longest = _levels[order];
        if (!tokens.IsEmpty || !longer.IsEmpty || tables.Occurrences.Length != longest.Length)
        {
            throw Wrong("fewer n-grams follow others than there are");
        }
        for (var place = 0; place < longest.Length; place++)
        {
            longest[place].Count = tables.Occurrences[place] is > 0 and var count
                ? count
                : throw Wrong("an n-gram has been counted less than once");
        }
        CountContinuations();
    }

    /// <summary>Length of the longest n-grams.</summary>
    public int Order { get; }

    /// <summary>The number of different n-grams of all lengths.</summary>
    public long Count => _levels.Skip(1).Sum(level => (long)level.Length) - (Order - 1);

    /// <summary>The n-grams of a length.</summary>
    public ReadOnlySpan<NGram> OfLength(int length) =>
        _levels[length].AsSpan(0, _levels[length].Length - (length < Order ? 1 : 0));

    /// <summary>The n-gram of a length, less than the longest, at a place.</summary>
    public NGramContext At(int length, int place)
    {
        var level = _levels[length];
        return new(place, level[place].FirstLonger, level[place + 1].FirstLonger);
    }

    /// <summary>The n-grams that are one token longer than one of a length, and begin with it.</summary>
    public ReadOnlySpan<NGram> Longer(int length, NGramContext context) =>
        _levels[length + 1].AsSpan(context.First, context.End - context.First);

    /// <summary>The place of an n-gram of a length with one more token at its end; −1 where there is none.</summary>
    public int Find(int length, NGramContext context, int token) =>
        PlaceIn(Longer(length, context), token) is >= 0 and var found ? context.First + found : -1;

    /// <summary>
    /// Reads what follows an n-gram of a length, so that the processor fetches it: many at a time, and not one after
    /// the other, as where each is waited for.
    /// </summary>
    /// <returns>Nothing of use, but something that has to be read.</returns>
    public int Fetch(int length, NGramContext context)
    {
        var level = _levels[length + 1];
        return context.End > context.First ? level[context.First].Token ^ level[context.End - 1].Token : 0;
    }

    /// <summary>The n-grams of this text and of another, which does not go on from it.</summary>
    /// <param name="other">The other's, of the same order.</param>
    public NGramTrie With(NGramTrie other)
    {
        var (tokens, longer, occurrences) = (new List<int>(), new List<int>(), new List<int>());
        List<(NGramContext Ours, NGramContext Theirs)> contexts = [(At(0, 0), other.At(0, 0))];
        for (var length = 0; length < Order; length++)
        {
            List<(NGramContext Ours, NGramContext Theirs)> next = [];
            foreach (var context in contexts)
            {
                var before = tokens.Count;
                var (ours, theirs) = context;
                while (ours.First < ours.End || theirs.First < theirs.End)
                {
                    var first = ours.First < ours.End ? _levels[length + 1][ours.First].Token : int.MaxValue;
                    var second =
                        theirs.First < theirs.End ? other._levels[length + 1][theirs.First].Token : int.MaxValue;
                    tokens.Add(Math.Min(first, second));
                    var (isOurs, isTheirs) = (first <= second, second <= first);
                    if (length + 1 < Order)
                    {
                        next.Add(
                            (
                                isOurs ? At(length + 1, ours.First) : NGramContext.None,
                                isTheirs ? other.At(length + 1, theirs.First) : NGramContext.None
                            )
                        );
                    }
                    else
                    {
                        occurrences.Add(
                            (isOurs ? _levels[Order][ours.First].Count : 0)
                                + (isTheirs ? other._levels[Order][theirs.First].Count : 0)
                        );
                    }
                    ours = ours with { First = ours.First + (isOurs ? 1 : 0) };
                    theirs = theirs with { First = theirs.First + (isTheirs ? 1 : 0) };
                }
                longer.Add(tokens.Count - before);
            }
            contexts = next;
        }
        return new(new([.. tokens], [.. longer], [.. occurrences]), Order, int.MaxValue);
    }

    /// <summary>All that it takes to make the same again, each in the order of the n-grams.</summary>
    public NGramTables ToTables()
    {
        var tokens = new int[Count];
        var longer = new int[Count - _levels[Order].Length + 1];
        var (token, context) = (0, 0);
        for (var length = 0; length <= Order; length++)
        {
            var ngrams = OfLength(length);
            for (var place = 0; place < ngrams.Length; place++)
            {
                if (length > 0)
                {
                    tokens[token++] = ngrams[place].Token;
                }
                if (length < Order)
                {
                    longer[context++] = Longer(length, At(length, place)).Length;
                }
            }
        }
        return new(tokens, longer, Array.ConvertAll(_levels[Order], ngram => ngram.Count));
    }

    /// <summary>The place of a token among n-grams that differ in their last; negative where it is not there.</summary>
    internal static int PlaceIn(ReadOnlySpan<NGram> ngrams, int token)
    {
        var (first, end) = (0, ngrams.Length);
        while (first < end)
        {
            var middle = (first + end) >>> 1;
            if (ngrams[middle].Token < token)
            {
                first = middle + 1;
            }
            else
            {
                end = middle;
            }
        }
        return first < ngrams.Length && ngrams[first].Token == token ? first : -1;
    }

    /// <summary>Counts after how many different tokens there is each n-gram, but for the longest.</summary>
    private void CountContinuations()
    {
        var shorter = new int[1]; // the place of each n-gram without its first token, among those one shorter
        for (var length = 1; length <= Order; length++)
        {
            var without = new int[OfLength(length).Length];
            for (var place = 0; place < shorter.Length; place++)
            {
                var context = At(length - 1, place);
                var ngrams = Longer(length - 1, context);
                for (var i = 0; i < ngrams.Length && length > 1; i++)
                {
                    var found = Find(length - 2, At(length - 2, shorter[place]), ngrams[i].Token);
                    without[context.First + i] = found >= 0 ? found : throw Wrong("an n-gram is there without its end");
                    _levels[length - 1][found].Count++;
                }
            }
            shorter = without;
        }
    }

    private static void RequireSorted(ReadOnlySpan<NGram> above, ReadOnlySpan<NGram> level, int vocabularySize)
    {
        for (var place = 0; place < above.Length - 1; place++)
        {
            var before = -1;
            foreach (var ngram in level[above[place].FirstLonger..above[place + 1].FirstLonger])
            {
                if (ngram.Token <= before || ngram.Token >= vocabularySize)
                {
                    throw Wrong($"a token is {ngram.Token} after {before} among {vocabularySize} vocabulary entries");
                }
                before = ngram.Token;
            }
        }
    }

    private static int Next(ref Span<int> values)
    {
        if (values.IsEmpty)
        {
            throw Wrong("fewer n-grams are there than there must be");
        }
        var value = values[0];
        values = values[1..];
        return value;
    }

    private static ArgumentException Wrong(string problem) => new(problem);
}

/// <summary>One of the n-grams of a length.</summary>
internal struct NGram
{
    /// <summary>Its last token.</summary>
    public int Token;

    /// <summary>
    /// How often the text has it, if it is of the longest; else after how many different tokens. None is before the
    /// n-gram that the text begins with, unless it comes again.
    /// </summary>
    public int Count;

    /// <summary>
    /// The place of the first that is one token longer and begins with it; the next one's is their end.
    /// </summary>
    public int FirstLonger;
}

/// <summary>An n-gram that others are longer than and begin with.</summary>
/// <param name="Place">Its place among those of its length; −1 for none.</param>
/// <param name="First">The place of the first of those that are one token longer.</param>
/// <param name="End">The place after the last of them.</param>
internal readonly record struct NGramContext(int Place, int First, int End)
{
    /// <summary>What the text lacks.</summary>
    public static readonly NGramContext None = new(-1, 0, 0);
}

/// <summary>The n-grams of a text as a file keeps them, from the shortest, those of a length in order.</summary>
/// <param name="Tokens">The last token of each.</param>
/// <param name="Longer">
/// How many are one token longer than the empty one and begin with it, and so on; nothing for the longest.
/// </param>
/// <param name="Occurrences">How often the text has each of the longest.</param>
internal sealed record NGramTables(int[] Tokens, int[] Longer, int[] Occurrences);
