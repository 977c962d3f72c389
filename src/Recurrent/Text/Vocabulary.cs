using Recurrent.Text;

namespace Recurrent.Text;

/// <summary>
/// The tokens a model knows, each with its index: first <see cref="UnknownToken"/>, then the reserved tokens,
/// then all others by falling frequency, the earlier seen first where two are equally frequent. It is the
/// vocabulary of chapter 8.2 of <em>Dive into Deep Learning</em>
/// (https://d2l.ai/chapter_recurrent-neural-networks/text-sequence.html). It never changes.
/// </summary>
public sealed class Vocabulary
{
    /// <summary>The token that stands for every token without an index of its own.</summary>
    public const string UnknownToken = "<unk>";

    /// <summary>The customary reserved token that fills sequences up to a common length.</summary>
    public const string PaddingToken = "<pad>";

    /// <summary>The customary reserved token that begins a sequence.</summary>
    public const string BeginningToken = "<bos>";

    /// <summary>The customary reserved token that ends a sequence.</summary>
    public const string EndToken = "<eos>";

    /// <summary>The index of <see cref="UnknownToken"/>.</summary>
    public const int UnknownIndex = 0;

    private readonly string[] _tokens; // (count)
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);

    /// <summary>Restores a vocabulary from its stored tokens and frequencies.</summary>
    /// <param name="tokens">
    /// The tokens by index, of shape (count): <see cref="UnknownToken"/> first, and none twice.
    /// </param>
    /// <param name="frequencies">How often each token occurred, of shape (count); none negative.</param>
    /// <exception cref="ArgumentException">
    /// The lists are not as described; the message says where.
    /// </exception>
    public Vocabulary(IReadOnlyList<string> tokens, IReadOnlyList<long> frequencies)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(frequencies);
        if (tokens.Count != frequencies.Count)
        {
            throw new ArgumentException(
                $"There are {tokens.Count} tokens and {frequencies.Count} frequencies; give one frequency for each token.",
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
                    $"The frequency at index {index} is {frequencies[index]} and must be at least 0; give how often the token occurred.",
                    nameof(frequencies)
                );
            }
            if (!_indexes.TryAdd(_tokens[index], index))
            {
                throw new ArgumentException(
                    $"The token \"{_tokens[index]}\" stands at indexes {_indexes[_tokens[index]]} and {index}; give each token once.",
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
    /// How many tokens of the text this vocabulary was built from have each index, of shape
    /// (<see cref="Count"/>); together they are that text's number of tokens. Index 0 counts those that were
    /// too rare for an index of their own.
    /// </summary>
    public IReadOnlyList<long> Frequencies { get; }

    /// <summary>Returns a token's index, or <see cref="UnknownIndex"/> for a token that has none.</summary>
    /// <param name="token">Any token.</param>
    public int this[string token]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(token);
            return _indexes.GetValueOrDefault(token, UnknownIndex);
        }
    }

    /// <summary>Returns the token of an index.</summary>
    /// <param name="index">An index from 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    public string this[int index] =>
        (uint)index < (uint)_tokens.Length
            ? _tokens[index]
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                $"The index is {index} and the vocabulary's go from 0 to {Count - 1}; use the vocabulary the indexes came from."
            );

    /// <summary>Counts tokens and gives them indexes.</summary>
    /// <param name="tokens">
    /// The text's tokens in order, possibly none, each with at least one character.
    /// </param>
    /// <param name="options">Which tokens to hold; every one, and no reserved ones, unless given.</param>
    public static Vocabulary Build(IEnumerable<string> tokens, VocabularyOptions? options = null)
    {
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
        return Build(distinct, options ?? new VocabularyOptions());
    }

    /// <summary>Gives indexes to tokens that have been counted.</summary>
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
        var room = (options.MaximumSize ?? int.MaxValue) - tokens.Count;
        foreach (var number in others.OrderByDescending(number => distinct.Counts[number]))
        {
            var count = distinct.Counts[number];
            if (count >= options.MinimumFrequency && room-- > 0)
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

    /// <summary>Says whether a token has an index of its own.</summary>
    /// <param name="token">Any token.</param>
    public bool Contains(string token) => _indexes.ContainsKey(token);

    /// <summary>
    /// Replaces tokens by their indexes; a token that has none becomes <see cref="UnknownIndex"/>.
    /// </summary>
    /// <param name="tokens">Any number of tokens.</param>
    /// <returns>The indexes, of shape (number of tokens).</returns>
    public int[] Encode(IEnumerable<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return [.. tokens.Select(token => this[token])];
    }

    /// <summary>Replaces indexes by their tokens.</summary>
    /// <param name="indexes">Any number of indexes from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>The tokens, of shape (number of indexes).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public IReadOnlyList<string> Decode(IEnumerable<int> indexes)
    {
        ArgumentNullException.ThrowIfNull(indexes);
        return [.. indexes.Select(index => this[index])];
    }
}
