using Recurrent.Kernels.Portable;
using Recurrent.Randomness;
using Recurrent.Ranges;
using Recurrent.Tensors;

namespace Recurrent.Models.Counts;

/// <summary>
/// A model that counts: interpolated, modified Kneser–Ney of n-grams, from the longest down to a uniform distribution.
/// It has no parameters, and nothing to train; its logits are the logarithms of probabilities, which sum to 1. Mixed
/// with a network (<see cref="MixedModel"/>) it mostly predicts better than either.
/// </summary>
/// <remarks>
/// Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1999, section 3 and equation
/// 26: n-grams are counted as they are at the highest order and by how many tokens they follow below, and at each order
/// D₁ = 1 − 2Yn₂/n₁, D₂ = 2 − 3Yn₃/n₂, D₃₊ = 3 − 4Yn₄/n₃ with Y = n₁/(n₁ + 2n₂) are taken off, where nₖ n-grams
/// count k. A text that is too short for these has ½, 1 and 1½, as in Heafield's KenLM.
/// </remarks>
/// <example>
/// <code>
/// var counts = NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count);
/// Console.WriteLine(new TextGenerator(counts, corpus.Codec).Generate("the miller"));
/// </code>
/// </example>
public sealed class NGramModel : Decoder, ILanguageModel
{
    /// <summary>The largest <see cref="Order"/>: 8.</summary>
    public const int MaxOrder = NGramTrie.MaxOrder;

    /// <summary>The most tokens of a text that are counted, those at its end: 8,000,000.</summary>
    public const int MaxTokens = 8_000_000;

    /// <summary>
    /// The most n-grams of all lengths that are kept unless another number is given, 8,000,000: 100 MB of memory, and 2
    /// or 3 bytes each in a file.
    /// </summary>
    public const int UsualMaxEntries = 8_000_000;

    private const int MostReady = 1 << 17; // probabilities that are computed beforehand, for each length of contexts

    private readonly double[][] _discounts; // (order + 1, 4), by length and count, of which the last is 3 or more
    private readonly double[][] _ready; // by length of the context, from 0: (contexts, vocabulary), probabilities

    /// <summary>Predicts by n-grams that are counted.</summary>
    /// <param name="ngrams">The n-grams, of tokens of the vocabulary.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no vocabulary.</exception>
    internal NGramModel(NGramTrie ngrams, int vocabularySize)
        : base(vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(ngrams);
        Trie = ngrams;
        _discounts = [[], .. Enumerable.Range(1, Order).Select(length => DiscountsOf(ngrams.OfLength(length)))];
        List<double[]> ready = [ReadyAfter(0, _ => Enumerable.Repeat(1.0 / vocabularySize, vocabularySize).ToArray())];
        if (IsFew(1))
        {
            ready.Add(ReadyAfter(1, _ => ready[0]));
        }
        if (IsFew(2))
        {
            ready.Add(
                ReadyAfter(
                    2,
                    place =>
                        ready[1].AsSpan(ngrams.Find(0, 0, ngrams.OfLength(2)[place].Token) * vocabularySize, vocabularySize)
                )
            );
        }
        _ready = [.. ready];

        bool IsFew(int length) =>
            ready.Count == length
            && length < Order
            && (long)ngrams.OfLength(length).Length * vocabularySize <= MostReady;
    }

    /// <summary>Length of the longest n-grams.</summary>
    public int Order => Trie.Order;

    /// <summary>The number of different n-grams of all lengths.</summary>
    public long Entries => Trie.Count;

    /// <summary>The kind n-gram, and the size of the vocabulary.</summary>
    public ModelConfiguration Configuration => field ??= new() { Kind = "n-gram", VocabularySize = VocabularySize };

    /// <summary>None.</summary>
    public IReadOnlyList<Parameter> Parameters => [];

    /// <inheritdoc/>
    public bool KeepsTensors => false;

    /// <summary>The n-grams.</summary>
    internal NGramTrie Trie { get; }

    /// <summary>The tokens that a state has: order − 1, but at least one.</summary>
    internal int StateLength => Math.Max(1, Order - 1);

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">
    /// Token indices (tokens) of the text to learn from, of which the last <see cref="MaxTokens"/> are used; maybe none.
    /// </param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <param name="maxEntries">
    /// The most n-grams of all lengths; where there are more, the longest ones are left out, which gives a lower order.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number or a token is out of range.</exception>
    /// <example>
    /// <code>
    /// var counts = NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count, order: 6);
    /// var hybrid = new MixedModel(trained.Model, counts);
    /// </code>
    /// </example>
    public static NGramModel Count(
        ReadOnlySpan<int> tokens,
        int vocabularySize,
        int order = MaxOrder,
        int maxEntries = UsualMaxEntries
    )
    {
        Within.AtLeast(1).Require(nameof(maxEntries), maxEntries);
        tokens = tokens[^Math.Min(tokens.Length, MaxTokens)..];
        var known = Within.From(0, vocabularySize - 1);
        foreach (var token in tokens)
        {
            known.Require("A token", token);
        }
        var windows = new SortedWindows(tokens.ToArray(), order);
        var (kept, entries) = (1, (long)windows.CountOf(1));
        while (kept < order && entries + windows.CountOf(kept + 1) <= maxEntries)
        {
            entries += windows.CountOf(++kept);
        }
        return new(new NGramTrie(windows, kept), vocabularySize);
    }

    /// <summary>The last order − 1 tokens (batch, order − 1) of each row, −1 before the beginning of a text.</summary>
    /// <inheritdoc/>
    public ModelState InitialState(int batch)
    {
        var before = new float[checked(batch * StateLength)];
        Array.Fill(before, NGramRows.NoToken);
        return new(Tensor.From(before, batch, StateLength));
    }

    /// <inheritdoc/>
    public (Tensor Logits, ModelState State) Forward(Indices tokens, ModelState state, RandomStream? dropout = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(state);
        tokens.RequireBelow(VocabularySize, nameof(tokens));
        var (read, before, batch) = (tokens.ToArray(), state.Parts[0], tokens.Columns);
        var after = before.ToArray();
        var logits = new float[checked(read.Length * VocabularySize)];
        var probabilities = new double[VocabularySize];
        var places = new int[Order];
        for (var row = 0; row < batch; row++)
        {
            var last = after.AsSpan(row * StateLength, StateLength);
            FindPlaces(last, places);
            for (var i = row; i < read.Length; i += batch)
            {
                NGramRows.Append(last, read[i]);
                Read(places, read[i]);
                Predict(places, probabilities);
                DoubleLog.Of(probabilities, logits.AsSpan(i * VocabularySize, VocabularySize));
            }
        }
        return (
            Tensor.From(tokens.Device, logits, read.Length, VocabularySize),
            new(Tensor.From(before.Device, after, batch, StateLength))
        );
    }

    /// <summary>The model itself, which never changes.</summary>
    public Decoder CreateDecoder() => this;

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new NGramRows(this, capacity);

    /// <summary>
    /// The places of the ends of a text among the n-grams of their lengths (order), from the empty one to that of order
    /// − 1 tokens; −1 for those that the counted text lacks.
    /// </summary>
    internal int[] PlacesAfter(ReadOnlySpan<int> tokens)
    {
        var places = new int[Order];
        places.AsSpan(1).Fill(-1);
        foreach (var token in tokens[Math.Max(0, tokens.Length - Order + 1)..])
        {
            Read(places, token);
        }
        return places;
    }

    /// <summary>The places after one more token.</summary>
    internal void Read(Span<int> places, int token)
    {
        for (var length = places.Length - 1; length > 0; length--)
        {
            var before = places[length - 1];
            places[length] = before < 0 ? -1 : Trie.Find(length - 1, before, token);
        }
    }

    /// <summary>The probability of a token.</summary>
    /// <param name="places">The places of the ends of the text before it.</param>
    /// <param name="token">The token.</param>
    internal double Probability(ReadOnlySpan<int> places, int token)
    {
        var (probability, scale) = (0.0, 1.0);
        var length = LongestOf(places);
        for (; length >= _ready.Length; length--)
        {
            var longer = Trie.Longer(length, places[length]);
            var (total, left) = Summed(longer, _discounts[length + 1]);
            if (total > 0)
            {
                if (NGramTrie.PlaceIn(longer, token) is >= 0 and var found && longer[found].Count > 0)
                {
                    probability += scale * Discounted(longer[found].Count, _discounts[length + 1], total);
                }
                scale *= left;
            }
        }
        return probability + (scale * Ready(length, places[length])[token]);
    }

    /// <summary>The probabilities of all tokens.</summary>
    /// <param name="places">The places of the ends of the text before them.</param>
    /// <param name="probabilities">Where to (vocabulary), each as of <see cref="Probability"/>.</param>
    internal void Predict(ReadOnlySpan<int> places, Span<double> probabilities)
    {
        probabilities.Clear();
        var scale = 1.0;
        var length = LongestOf(places);
        for (; length >= _ready.Length; length--)
        {
            scale = AddLonger(length, places[length], scale, probabilities);
        }
        AddScaled(scale, Ready(length, places[length]), probabilities);
    }

    private ReadOnlySpan<double> Ready(int length, int place) =>
        _ready[length].AsSpan(place * VocabularySize, VocabularySize);

    /// <summary>The probabilities after all contexts of a length.</summary>
    /// <param name="length">The length.</param>
    /// <param name="shorter">Those after a context, by its place, without its first token.</param>
    private double[] ReadyAfter(int length, ShorterOf shorter)
    {
        var ready = new double[Trie.OfLength(length).Length * VocabularySize];
        for (var place = 0; place < ready.Length / VocabularySize; place++)
        {
            var probabilities = ready.AsSpan(place * VocabularySize, VocabularySize);
            AddScaled(AddLonger(length, place, 1, probabilities), shorter(place), probabilities);
        }
        return ready;
    }

    /// <summary>Adds what a context gives to the tokens that follow it.</summary>
    /// <returns>The part of the scale that is left for shorter contexts.</returns>
    private double AddLonger(int length, int place, double scale, Span<double> probabilities)
    {
        var longer = Trie.Longer(length, place);
        var discounts = _discounts[length + 1];
        var (total, left) = Summed(longer, discounts);
        if (total == 0)
        {
            return scale;
        }
        foreach (ref readonly var ngram in longer)
        {
            if (ngram.Count > 0)
            {
                probabilities[ngram.Token] += scale * Discounted(ngram.Count, discounts, total);
            }
        }
        return scale * left;
    }

    private static void AddScaled(double scale, ReadOnlySpan<double> shorter, Span<double> probabilities)
    {
        for (var token = 0; token < probabilities.Length; token++)
        {
            probabilities[token] += scale * shorter[token];
        }
    }

    /// <summary>The sum of the counts after a context, and the part of it that discounts leave.</summary>
    private static (long Total, double Left) Summed(ReadOnlySpan<NGram> longer, double[] discounts)
    {
        var (total, once, twice, more) = (0L, 0, 0, 0);
        foreach (ref readonly var ngram in longer)
        {
            total += ngram.Count;
            once += ngram.Count == 1 ? 1 : 0;
            twice += ngram.Count == 2 ? 1 : 0;
            more += ngram.Count > 2 ? 1 : 0;
        }
        return (total, ((discounts[1] * once) + (discounts[2] * twice) + (discounts[3] * more)) / total);
    }

    private static double Discounted(int count, double[] discounts, long total) =>
        (count - discounts[Math.Min(count, 3)]) / total;

    private static double[] DiscountsOf(ReadOnlySpan<NGram> ngrams)
    {
        Span<double> n = stackalloc double[5]; // n-grams by count, 1 to 4
        n.Clear();
        foreach (ref readonly var ngram in ngrams)
        {
            if (ngram.Count is > 0 and < 5)
            {
                n[ngram.Count]++;
            }
        }
        var y = n[1] / (n[1] + (2 * n[2]));
        double[] discounts = [0, 1 - (2 * y * n[2] / n[1]), 2 - (3 * y * n[3] / n[2]), 3 - (4 * y * n[4] / n[3])];
        for (var count = 1; count < discounts.Length; count++)
        {
            if (!(discounts[count] > 0 && discounts[count] < count)) // not a number, too
            {
                return [0, 0.5, 1, 1.5];
            }
        }
        return discounts;
    }

    private static int LongestOf(ReadOnlySpan<int> places)
    {
        var length = places.Length - 1;
        while (places[length] < 0)
        {
            length--;
        }
        return length;
    }

    /// <summary>The places after the tokens of a state; what is no token is before the beginning of a text.</summary>
    internal void FindPlaces(ReadOnlySpan<float> tokens, Span<int> places)
    {
        places[0] = 0;
        places[1..].Fill(-1);
        foreach (var token in tokens)
        {
            if (token >= 0 && token < VocabularySize)
            {
                Read(places, (int)token);
            }
            else
            {
                places[1..].Fill(-1);
            }
        }
    }

    private delegate ReadOnlySpan<double> ShorterOf(int place);
}
