using Recurrent.Ranges;

namespace Recurrent.Text;

/// <summary>
/// The tokens that a model knows, each with its index: first <see cref="UnknownToken"/>, then the reserved tokens, then
/// all others by descending frequency; of two equally frequent tokens, the one seen earlier comes first. It is the
/// vocabulary of chapter 8.2 of <em>Dive into Deep Learning</em>
/// (https://d2l.ai/chapter_recurrent-neural-networks/text-sequence.html). A vocabulary never changes.
/// </summary>
/// <example>
/// <code>
/// var vocabulary = Vocabulary.Build(["a", "b", "a"]);
/// Console.WriteLine(string.Join(' ', vocabulary.Tokens)); // &lt;unk&gt; a b
/// Console.WriteLine(vocabulary["b"]); // 2
/// </code>
/// </example>
public sealed class Vocabulary
{
    /// <summary>The token that stands for every token without an index of its own.</summary>
    public const string UnknownToken = "<unk>";

    /// <summary>The customary reserved token that pads sequences to a common length.</summary>
    public const string PaddingToken = "<pad>";

    /// <summary>The customary reserved token that begins a sequence.</summary>
    public const string BeginningToken = "<bos>";

    /// <summary>The customary reserved token that ends a sequence.</summary>
    public const string EndToken = "<eos>";

    /// <summary>The index of <see cref="UnknownToken"/>.</summary>
    public const int UnknownIndex = 0;

    private readonly string[] _tokens; // (count)
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private readonly bool _hasFrequencies; // some file formats know none

    /// <summary>Restores a vocabulary from its stored tokens and frequencies.</summary>
    /// <param name="tokens">
    /// The tokens by index, of shape (count): <see cref="UnknownToken"/> first, and none twice.
    /// </param>
    /// <param name="frequencies">The number of occurrences of each token, of shape (count); none negative.</param>
    /// <exception cref="ArgumentException">
    /// The lists are not as described; the message says where they differ.
    /// </exception>
    public Vocabulary(IReadOnlyList<string> tokens, IReadOnlyList<long> frequencies)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(frequencies);
        if (tokens.Count != frequencies.Count)
        {
            throw new ArgumentException(
                $"There are {tokens.Count} tokens and {frequencies.Count} frequencies; give one frequency for each "
                    + "token.",
                nameof(frequencies)
            );
        }
        if (tokens.Count == 0 || tokens[UnknownIndex] != UnknownToken)
        {
            throw new ArgumentException(
                $"The tokens do not begin with \"{UnknownToken}\"; index 0 of every vocabulary is that token.",
                nameof(tokens)
            );
        }

        _tokens = [.. tokens];
        Tokens = _tokens.AsReadOnly();
        Frequencies = [.. frequencies];
        _hasFrequencies = frequencies.Any(frequency => frequency > 0);
        Occurring = FindOccurring();
        for (var index = 0; index < _tokens.Length; index++)
        {
            if (string.IsNullOrEmpty(_tokens[index]))
            {
                throw new ArgumentException(
                    $"The token at index {index} is empty; every token has at least one character.",
                    nameof(tokens)
                );
            }
            if (frequencies[index] < 0)
            {
                throw new ArgumentException(
                    $"The frequency at index {index} is {frequencies[index]} and must be at least 0; give the token's "
                        + "number of occurrences.",
                    nameof(frequencies)
                );
            }
            if (!_indices.TryAdd(_tokens[index], index))
            {
                throw new ArgumentException(
                    $"The token \"{_tokens[index]}\" is at indices {_indices[_tokens[index]]} and {index}; give each "
                        + "token once.",
                    nameof(tokens)
                );
            }
        }
    }

    /// <summary>
    /// The number of tokens, <see cref="UnknownToken"/> and the reserved ones included; at least 1.
    /// </summary>
    public int Count => _tokens.Length;

    /// <summary>The tokens by index, of shape (<see cref="Count"/>).</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>
    /// The number of tokens with each index in the text that this vocabulary was built from, of shape
    /// (<see cref="Count"/>); their sum is that text's number of tokens. Index 0 counts the tokens that were too rare
    /// for an index of their own.
    /// </summary>
    public IReadOnlyList<long> Frequencies { get; }

    /// <summary>
    /// The indices of the tokens that words are made of, in ascending order, if this vocabulary is one of characters or
    /// bytes and its text is written in words: letters, digits, marks, apostrophes and what joins words, but not the
    /// letters of scripts without spaces; of bytes, those of ASCII letters and digits and all beyond ASCII. None where
    /// fewer than half or more than 19 in 20 tokens of the text are such.
    /// </summary>
    public IReadOnlyList<int> Letters => field ??= WordLetters.Of(this);

    /// <summary>The tokens that <see cref="Occurred"/>, as ranges from the first to the one after the last.</summary>
    internal IReadOnlyList<(int Start, int End)> Occurring { get; }

    /// <summary>Returns a token's index, or <see cref="UnknownIndex"/> for a token that has none.</summary>
    /// <param name="token">Any token.</param>
    public int this[string token]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(token);
            return _indices.GetValueOrDefault(token, UnknownIndex);
        }
    }

    /// <summary>Returns the token of an index.</summary>
    /// <param name="index">An index from 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    public string this[int index] =>
        (uint)index < (uint)_tokens.Length
            ? _tokens[index]
            : throw Within
                .From(0, Count - 1)
                .Error("The index", index, "use the vocabulary that the indices came from");

    /// <summary>Counts tokens and gives them indices.</summary>
    /// <param name="tokens">
    /// The text's tokens in order, possibly none, each with at least one character.
    /// </param>
    /// <param name="minFrequency">
    /// The number of times that a token must occur to have an index of its own; at least 1, which keeps every token.
    /// </param>
    /// <param name="maxSize">
    /// The maximum number of entries, <see cref="UnknownToken"/> and the reserved tokens included, at least 2; the most
    /// frequent tokens get them. Null for no limit.
    /// </param>
    /// <param name="reservedTokens">
    /// The tokens that come right after <see cref="UnknownToken"/>, in this order, whether they occur or not; null for
    /// none.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below its minimum.</exception>
    /// <exception cref="ArgumentException">
    /// A reserved token is null, empty, <see cref="UnknownToken"/> or listed twice, or there are more of them than
    /// entries.
    /// </exception>
    public static Vocabulary Build(
        IEnumerable<string> tokens,
        int minFrequency = 1,
        int? maxSize = null,
        IReadOnlyList<string>? reservedTokens = null
    )
    {
        var options = new VocabularyOptions
        {
            MinFrequency = minFrequency,
            MaxSize = maxSize,
            ReservedTokens = reservedTokens ?? [],
        };
        ArgumentNullException.ThrowIfNull(tokens);
        var distinct = new DistinctTokens();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in tokens)
        {
            if (!numbers.TryGetValue(token, out var number))
            {
                number = distinct.Add(token);
                numbers.Add(token, number);
            }
            distinct.CountOne(number);
        }
        return Build(distinct, options);
    }

    /// <summary>Gives indices to tokens that have been counted.</summary>
    /// <exception cref="ArgumentException">There are more reserved tokens than the vocabulary may have.</exception>
    internal static Vocabulary Build(DistinctTokens distinct, VocabularyOptions options)
    {
        List<string> tokens = [UnknownToken, .. options.ReservedTokens];
        options.CheckRoom(tokens.Count);
        var reserved = tokens.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        var frequencies = new List<long>(new long[tokens.Count]);
        var others = new List<int>(); // numbers of the other tokens
        for (var number = 0; number < distinct.Tokens.Count; number++)
        {
            if (reserved.TryGetValue(distinct.Tokens[number], out var index))
            {
                frequencies[index] += distinct.Counts[number];
            }
            else
            {
                others.Add(number);
            }
        }

        // The sort is stable, so equally frequent tokens stay in the order in which they first appeared.
        var room = (options.MaxSize ?? int.MaxValue) - tokens.Count;
        foreach (var number in others.OrderByDescending(number => distinct.Counts[number]))
        {
            var count = distinct.Counts[number];
            if (count >= options.MinFrequency && room-- > 0)
            {
                tokens.Add(distinct.Tokens[number]);
                frequencies.Add(count);
            }
            else
            {
                frequencies[UnknownIndex] += count;
            }
        }
        return new Vocabulary(tokens, frequencies);
    }

    /// <summary>This vocabulary with more tokens at its end, those of another.</summary>
    /// <param name="other">The other vocabulary.</param>
    /// <param name="indices">The tokens by their indices there; none of them is here.</param>
    internal Vocabulary ExtendedBy(Vocabulary other, IReadOnlyList<int> indices) =>
        new(
            [.. _tokens, .. indices.Select(index => other[index])],
            [.. Frequencies, .. indices.Select(index => _hasFrequencies ? other.Frequencies[index] : 0)]
        );

    /// <summary>
    /// Whether a token occurred in the text that the vocabulary was built from, as itself: the unknown token stands for
    /// others. Where no frequency is known, every other token did.
    /// </summary>
    /// <param name="index">An index from 0 to <see cref="Count"/> - 1.</param>
    internal bool Occurred(int index) => index != UnknownIndex && (Frequencies[index] > 0 || !_hasFrequencies);

    /// <summary>Tells whether a token has an index of its own.</summary>
    /// <param name="token">Any token.</param>
    public bool Contains(string token) => _indices.ContainsKey(token);

    /// <summary>
    /// Replaces tokens by their indices; a token that has none becomes <see cref="UnknownIndex"/>.
    /// </summary>
    /// <param name="tokens">Any number of tokens.</param>
    /// <returns>The indices, of shape (number of tokens).</returns>
    public int[] Encode(IEnumerable<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return [.. tokens.Select(token => this[token])];
    }

    /// <summary>Replaces indices by their tokens.</summary>
    /// <param name="indices">Any number of indices from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>The tokens, of shape (number of indices).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public IReadOnlyList<string> Decode(IEnumerable<int> indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        return [.. indices.Select(index => this[index])];
    }

    private List<(int Start, int End)> FindOccurring()
    {
        List<(int Start, int End)> ranges = [];
        for (var index = 0; index < Count; index++)
        {
            if (!Occurred(index))
            {
                continue;
            }
            if (ranges is [.., var last] && last.End == index)
            {
                ranges[^1] = (last.Start, index + 1);
            }
            else
            {
                ranges.Add((index, index + 1));
            }
        }
        return ranges;
    }
}
