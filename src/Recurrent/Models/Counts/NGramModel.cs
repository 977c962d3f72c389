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
/// Console.WriteLine(new TextGenerator(counts.CreateDecoder(), corpus.Codec).Generate("the miller"));
/// </code>
/// </example>
public sealed class NGramModel : ILanguageModel
{
    /// <summary>The largest <see cref="Order"/>: 8.</summary>
    public const int MaxOrder = NGramTrie.MaxOrder;

    /// <summary>The most tokens of a text that are counted, those at its end: 8,000,000.</summary>
    public const int MaxTokens = 8_000_000;

    /// <summary>
    /// The most n-grams of all lengths that are kept unless another number is given, 8,000,000: 100 MB of memory, and
    /// mostly 2 bytes each in a file.
    /// </summary>
    public const int UsualMaxEntries = 8_000_000;

    /// <summary>The largest count that the discounts are made of.</summary>
    internal const int MostCounted = 4;

    private const int MostReady = 1 << 17; // probabilities that are computed beforehand, for each length of contexts

    private readonly double[][] _discounts; // (order + 1, 4), by length and count, of which the last is 3 or more
    private readonly double[][] _ready; // by length of the context, from 0: (contexts, vocabulary), probabilities

    /// <summary>Predicts by n-grams that are counted.</summary>
    /// <param name="ngrams">The n-grams, of tokens of the vocabulary.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no vocabulary.</exception>
    internal NGramModel(NGramTrie ngrams, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(ngrams);
        VocabularySize = Within.AtLeast(1).Require(nameof(vocabularySize), vocabularySize);
        Trie = ngrams;
        _discounts =
        [
            [],
            .. Enumerable.Range(1, Order).Select(length => DiscountsOf(ngrams.OfLength(length))),
        ];
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
                        ready[1]
                            .AsSpan(
                                ngrams.Find(0, ngrams.At(0, 0), ngrams.OfLength(2)[place].Token) * vocabularySize,
                                vocabularySize
                            )
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

    /// <summary>Number of vocabulary entries V.</summary>
    internal int VocabularySize { get; }

    /// <summary>The n-grams.</summary>
    internal NGramTrie Trie { get; }

    /// <summary>The tokens that a state has: order − 1, but at least one.</summary>
    internal int StateLength => Math.Max(1, Order - 1);

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">
    /// Token indices (tokens) of the text to learn from, of which the last <see cref="MaxTokens"/> are used; maybe
    /// none.
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
        var scratch = new double[VocabularySize];
        var contexts = new NGramContext[Order];
        for (var row = 0; row < batch; row++)
        {
            var last = after.AsSpan(row * StateLength, StateLength);
            FindContexts(last, contexts);
            for (var i = row; i < read.Length; i += batch)
            {
                NGramRows.Append(last, read[i]);
                Read(contexts, read[i]);
                Predict(contexts, scratch, logits.AsSpan(i * VocabularySize, VocabularySize));
            }
        }
        return (
            Tensor.From(tokens.Device, logits, read.Length, VocabularySize),
            new(Tensor.From(before.Device, after, batch, StateLength))
        );
    }

    /// <inheritdoc/>
    public Decoder CreateDecoder() => new NGramDecoder(this);

    /// <summary>
    /// The ends of a text (order), from the empty one to that of order − 1 tokens; none for those that the counted text
    /// lacks.
    /// </summary>
    internal NGramContext[] ContextsAfter(ReadOnlySpan<int> tokens)
    {
        var contexts = new NGramContext[Order];
        Reset(contexts);
        foreach (var token in tokens[Math.Max(0, tokens.Length - Order + 1)..])
        {
            Read(contexts, token);
        }
        return contexts;
    }

    /// <summary>Finds the ends of the tokens of a state; what is no token is before the beginning of a text.</summary>
    internal void FindContexts(ReadOnlySpan<float> tokens, Span<NGramContext> contexts)
    {
        Reset(contexts);
        foreach (var token in tokens)
        {
            if (token >= 0 && token < VocabularySize)
            {
                Read(contexts, (int)token);
            }
            else
            {
                Reset(contexts);
            }
        }
    }

    /// <summary>Goes on to the ends of a text after one more token.</summary>
    internal void Read(Span<NGramContext> contexts, int token)
    {
        for (var length = contexts.Length - 1; length > 0; length--)
        {
            var before = contexts[length - 1];
            contexts[length] =
                before.Place >= 0 && Trie.Find(length - 1, before, token) is >= 0 and var place
                    ? Trie.At(length, place)
                    : NGramContext.None;
        }
    }

    /// <summary>Has the processor fetch what <see cref="Read"/> or <see cref="Predict"/> is going to read.</summary>
    /// <returns>Nothing of use.</returns>
    internal int Fetch(ReadOnlySpan<NGramContext> contexts)
    {
        var fetched = 0;
        for (var length = _ready.Length; length < contexts.Length; length++)
        {
            fetched ^= Trie.Fetch(length, contexts[length]);
        }
        return fetched;
    }

    /// <summary>The probability of a token.</summary>
    /// <param name="contexts">The ends of the text before it.</param>
    /// <param name="token">The token.</param>
    internal double Probability(ReadOnlySpan<NGramContext> contexts, int token)
    {
        var (probability, scale) = (0.0, 1.0);
        var length = LongestOf(contexts);
        for (; length >= _ready.Length; length--)
        {
            var longer = Trie.Longer(length, contexts[length]);
            var discounts = _discounts[length + 1];
            var (total, left) = Summed(longer, discounts);
            if (total > 0)
            {
                scale /= total;
                var found = NGramTrie.PlaceIn(longer, token);
                probability += found < 0 ? 0 : scale * Discounted(longer[found].Count, discounts);
                scale *= left;
            }
        }
        return probability + (scale * Ready(length, contexts[length].Place)[token]);
    }

    /// <summary>The logarithms of the probabilities of all tokens.</summary>
    /// <param name="contexts">The ends of the text before them.</param>
    /// <param name="scratch">Memory (vocabulary).</param>
    /// <param name="logarithms">Where to (vocabulary), each of <see cref="Probability"/>.</param>
    internal void Predict(ReadOnlySpan<NGramContext> contexts, Span<double> scratch, Span<float> logarithms)
    {
        scratch.Clear();
        var scale = 1.0;
        var length = LongestOf(contexts);
        for (; length >= _ready.Length; length--)
        {
            scale = AddLonger(length, contexts[length], scale, scratch);
        }
        DoubleLog.OfSum(scratch, scale, Ready(length, contexts[length].Place), logarithms);
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
            var scale = AddLonger(length, Trie.At(length, place), 1, probabilities);
            var rest = shorter(place);
            for (var token = 0; token < probabilities.Length; token++)
            {
                probabilities[token] += scale * rest[token];
            }
        }
        return ready;
    }

    /// <summary>Adds what a context gives to the tokens that follow it.</summary>
    /// <returns>The part of the scale that is left for shorter contexts.</returns>
    private double AddLonger(int length, NGramContext context, double scale, Span<double> probabilities)
    {
        var longer = Trie.Longer(length, context);
        var discounts = _discounts[length + 1];
        var (total, left) = Summed(longer, discounts);
        if (total == 0)
        {
            return scale;
        }
        scale /= total;
        foreach (ref readonly var ngram in longer)
        {
            probabilities[ngram.Token] += scale * Discounted(ngram.Count, discounts);
        }
        return scale * left;
    }

    /// <summary>The sum of the counts after a context, and of what discounts take off them.</summary>
    private static (long Total, double Left) Summed(ReadOnlySpan<NGram> longer, double[] discounts)
    {
        var (total, left) = (0L, 0.0);
        foreach (ref readonly var ngram in longer)
        {
            total += ngram.Count;
            left += DiscountOf(ngram.Count, discounts);
        }
        return (total, left);
    }

    /// <summary>A count without its discount.</summary>
    internal static double Discounted(int count, double[] discounts) => count - DiscountOf(count, discounts);

    /// <summary>What <see cref="Discount"/> takes off a count.</summary>
    internal static double DiscountOf(int count, double[] discounts) => discounts[Math.Min(count, MostCounted - 1)];

    private static double[] DiscountsOf(ReadOnlySpan<NGram> ngrams)
    {
        Span<double> n = stackalloc double[MostCounted + 1];
        n.Clear();
        foreach (ref readonly var ngram in ngrams)
        {
            if (ngram.Count is > 0 and <= MostCounted)
            {
                n[ngram.Count]++;
            }
        }
        var discounts = new double[MostCounted];
        Discount(n, discounts);
        return discounts;
    }

    /// <summary>Computes the discounts of the n-grams of one length.</summary>
    /// <param name="n">How many of them count 1 to 4, from place 1.</param>
    /// <param name="discounts">Where to, by count (4), of which the last is 3 or more.</param>
    internal static void Discount(ReadOnlySpan<double> n, Span<double> discounts)
    {
        var y = n[1] / (n[1] + (2 * n[2]));
        discounts[0] = 0;
        for (var count = 1; count < MostCounted; count++)
        {
            discounts[count] = count - ((count + 1) * y * n[count + 1] / n[count]);
            if (!(discounts[count] > 0 && discounts[count] < count)) // not a number, too
            {
                (discounts[1], discounts[2], discounts[3]) = (0.5, 1, 1.5);
                return;
            }
        }
    }

    private static int LongestOf(ReadOnlySpan<NGramContext> contexts)
    {
        var length = contexts.Length - 1;
        while (contexts[length].Place < 0)
        {
            length--;
        }
        return length;
    }

    private void Reset(Span<NGramContext> contexts)
    {
        contexts[0] = Trie.At(0, 0);
        contexts[1..].Fill(NGramContext.None);
    }

    private delegate ReadOnlySpan<double> ShorterOf(int place);
}
