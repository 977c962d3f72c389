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
    /// <summary>The largest <see cref="Order"/>.</summary>
    public const int MaxOrder = NGramTrie.MaxOrder;

    private const float NoToken = -1; // before the beginning of a text; every token is exact as a float

    private readonly NGramTrie _ngrams;
    private readonly double[][] _discounts; // (order + 1, 4), by length and count, of which the last is 3 or more
    private readonly double[] _unigrams; // (vocabulary), probabilities after no context

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">Token indices (tokens) of the text to learn from; maybe none.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    internal NGramModel(ReadOnlySpan<int> tokens, int vocabularySize, int order)
        : this(new NGramTrie(tokens, order), vocabularySize, order) { }

    /// <summary>Takes n-grams that are counted already.</summary>
    /// <param name="ngrams">The n-grams of the text to learn from, of any order that is not less.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="order">Length of the longest n-grams that are used, 1 to the order of the counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    internal NGramModel(NGramTrie ngrams, int vocabularySize, int order)
        : base(vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(ngrams);
        Order = Within.From(1, ngrams.Order).Require(nameof(order), order);
        _ngrams = ngrams;
        _discounts =
        [
            [],
            .. Enumerable.Range(1, order).Select(length => DiscountsOf(CountsOf(length))),
        ];
        _unigrams = new double[vocabularySize];
        var left = AddFollowers(0, 0, 1, _unigrams);
        for (var token = 0; token < vocabularySize; token++)
        {
            _unigrams[token] += left / vocabularySize;
        }
    }

    /// <summary>Length of the longest n-grams.</summary>
    public int Order { get; }

    /// <summary>The kind n-gram, and the size of the vocabulary.</summary>
    public ModelConfiguration Configuration => field ??= new() { Kind = "n-gram", VocabularySize = VocabularySize };

    /// <summary>None.</summary>
    public IReadOnlyList<Parameter> Parameters => [];

    /// <inheritdoc/>
    public bool KeepsTensors => false;

    private int ContextLength => Math.Max(1, Order - 1); // tokens that a state has

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">Token indices (tokens) of the text to learn from; maybe none.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or a token is out of range.</exception>
    /// <example>
    /// <code>
    /// var counts = NGramModel.Count(corpus.Tokens.Span, corpus.Vocabulary.Count, order: 6);
    /// var hybrid = new MixedModel(trained.Model, counts);
    /// </code>
    /// </example>
    public static NGramModel Count(ReadOnlySpan<int> tokens, int vocabularySize, int order = MaxOrder)
    {
        var known = Within.From(0, vocabularySize - 1);
        foreach (var token in tokens)
        {
            known.Require("A token", token);
        }
        return new(tokens, vocabularySize, order);
    }

    /// <summary>The last order − 1 tokens (batch, order − 1) of each row, −1 before the beginning of a text.</summary>
    /// <inheritdoc/>
    public ModelState InitialState(int batch)
    {
        var before = new float[checked(batch * ContextLength)];
        Array.Fill(before, NoToken);
        return new(Tensor.From(before, batch, ContextLength));
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
        for (var row = 0; row < batch; row++)
        {
            var last = after.AsSpan(row * ContextLength, ContextLength);
            var context = ContextOf(last);
            for (var step = 0; step < tokens.Rows; step++)
            {
                var place = (step * batch) + row;
                context = Read(context, read[place]);
                Append(last, read[place]);
                Predict(context, probabilities);
                Logarithms(probabilities, logits.AsSpan(place * VocabularySize, VocabularySize));
            }
        }
        return (
            Tensor.From(tokens.Device, logits, read.Length, VocabularySize),
            new(Tensor.From(before.Device, after, batch, ContextLength))
        );
    }

    /// <summary>The model itself, which never changes.</summary>
    public Decoder CreateDecoder() => this;

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    /// <summary>The probability of a token.</summary>
    /// <param name="context">Tokens before it (any number), of which the last order − 1 are used.</param>
    /// <param name="token">The token.</param>
    internal double Probability(ReadOnlySpan<int> context, int token) => Probability(ContextOf(context), token);

    /// <summary>The probability of a token.</summary>
    /// <param name="context">What is known of the tokens before it.</param>
    /// <param name="token">The token.</param>
    internal double Probability(Context context, int token)
    {
        var (probability, scale) = (0.0, 1.0);
        for (; context.Length > 0; context = Shorter(context))
        {
            var found = _ngrams.Find(context.Length, context.Place, token);
            var counts = CountsOf(context.Length + 1);
            var (total, left) = Summed(context.Length, context.Place);
            if (total > 0)
            {
                if (found >= 0 && counts[found] > 0)
                {
                    probability += scale * Discounted(context.Length + 1, counts[found], total);
                }
                scale *= left;
            }
        }
        return probability + (scale * _unigrams[token]);
    }

    /// <summary>The probabilities of all tokens.</summary>
    /// <param name="context">What is known of the tokens before them.</param>
    /// <param name="probabilities">Where to (vocabulary), each as of <see cref="Probability(Context, int)"/>.</param>
    internal void Predict(Context context, Span<double> probabilities)
    {
        probabilities.Clear();
        var scale = 1.0;
        for (; context.Length > 0; context = Shorter(context))
        {
            scale = AddFollowers(context.Length, context.Place, scale, probabilities);
        }
        for (var token = 0; token < probabilities.Length; token++)
        {
            probabilities[token] += scale * _unigrams[token];
        }
    }

    /// <summary>The longest end of a text, of at most order − 1 tokens, that the counted text has too.</summary>
    internal Context ContextOf(ReadOnlySpan<int> tokens)
    {
        var context = default(Context);
        foreach (var token in tokens[Math.Max(0, tokens.Length - Order + 1)..])
        {
            context = Read(context, token);
        }
        return context;
    }

    /// <summary>The context after one more token.</summary>
    internal Context Read(Context context, int token)
    {
        if (context.Length == Order - 1)
        {
            if (Order == 1)
            {
                return default;
            }
            context = Shorter(context);
        }
        while (true)
        {
            var place = _ngrams.Find(context.Length, context.Place, token);
            if (place >= 0)
            {
                return new(context.Length + 1, place);
            }
            if (context.Length == 0)
            {
                return default;
            }
            context = Shorter(context);
        }
    }

    private Context Shorter(Context context) =>
        new(context.Length - 1, _ngrams.WithoutFirst(context.Length, context.Place));

    private ReadOnlySpan<int> CountsOf(int length) =>
        length == Order ? _ngrams.Occurrences(length) : _ngrams.Continuations(length);

    /// <summary>Adds what a context gives to the tokens that follow it.</summary>
    /// <returns>The part of the scale that is left for shorter contexts.</returns>
    private double AddFollowers(int length, int place, double scale, Span<double> probabilities)
    {
        var (total, left) = Summed(length, place);
        if (total == 0)
        {
            return scale;
        }
        var (first, end) = _ngrams.Longer(length, place);
        var tokens = _ngrams.LastTokens(length + 1);
        var counts = CountsOf(length + 1);
        for (var i = first; i < end; i++)
        {
            if (counts[i] > 0)
            {
                probabilities[tokens[i]] += scale * Discounted(length + 1, counts[i], total);
            }
        }
        return scale * left;
    }

    /// <summary>The sum of the counts after a context, and the part of it that discounts leave.</summary>
    private (long Total, double Left) Summed(int length, int place)
    {
        var (first, end) = _ngrams.Longer(length, place);
        var (total, once, twice, more) = (0L, 0, 0, 0);
        foreach (var count in CountsOf(length + 1)[first..end])
        {
            total += count;
            once += count == 1 ? 1 : 0;
            twice += count == 2 ? 1 : 0;
            more += count > 2 ? 1 : 0;
        }
        var discounts = _discounts[length + 1];
        return (total, ((discounts[1] * once) + (discounts[2] * twice) + (discounts[3] * more)) / total);
    }

    private double Discounted(int length, int count, long total) =>
        (count - _discounts[length][Math.Min(count, 3)]) / total;

    private static double[] DiscountsOf(ReadOnlySpan<int> counts)
    {
        Span<double> n = stackalloc double[5]; // n-grams by count, 1 to 4
        n.Clear();
        foreach (var count in counts)
        {
            if (count is > 0 and < 5)
            {
                n[count]++;
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

    /// <summary>The end of a text that the counted text has too, as a place among its n-grams.</summary>
    /// <param name="Length">Its number of tokens.</param>
    /// <param name="Place">Its place among the n-grams of that length.</param>
    internal readonly record struct Context(int Length, int Place);

    /// <summary>The context after the tokens of a state; what is no token is before the beginning of a text.</summary>
    private Context ContextOf(ReadOnlySpan<float> tokens)
    {
        var context = default(Context);
        foreach (var token in tokens)
        {
            context = token >= 0 && token < VocabularySize ? Read(context, (int)token) : default;
        }
        return context;
    }

    private static void Append(Span<float> tokens, int token)
    {
        tokens[1..].CopyTo(tokens);
        tokens[^1] = token;
    }

    private static void Logarithms(ReadOnlySpan<double> probabilities, Span<float> logits)
    {
        for (var token = 0; token < logits.Length; token++)
        {
            logits[token] = (float)PortableMath.Log(probabilities[token]);
        }
    }

    /// <summary>The last tokens of each row; a logit is the logarithm of a probability.</summary>
    private sealed class Rows : DecoderState
    {
        private readonly NGramModel _model;
        private readonly int _length; // of a context
        private readonly float[] _tokens; // (capacity, length), the last token at the end
        private readonly Context[] _contexts; // (capacity), of those tokens
        private readonly double[] _probabilities; // (vocabulary)
        private readonly float[] _logits; // (capacity, vocabulary)

        public Rows(NGramModel model, int capacity)
            : base(
                model,
                capacity,
                new DecoderRow(("tokens", Enumerable.Repeat(NoToken, model.ContextLength).ToArray()))
            )
        {
            (_model, _length) = (model, model.ContextLength);
            _tokens = new float[checked(capacity * _length)];
            Array.Fill(_tokens, NoToken);
            _contexts = new Context[capacity];
            _probabilities = new double[model.VocabularySize];
            _logits = new float[checked(capacity * model.VocabularySize)];
        }

        protected override ReadOnlySpan<float> LogitRows => _logits;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                ref var context = ref _contexts[rows[i]];
                Append(TokensOf(rows[i]), tokens[i]);
                context = _model.Read(context, tokens[i]);
                if (i < outputs)
                {
                    _model.Predict(context, _probabilities);
                    Logarithms(_probabilities, _logits.AsSpan(i * _probabilities.Length, _probabilities.Length));
                }
            }
        }

        public override void ReadPart(int part, int row, Span<float> values) => TokensOf(row).CopyTo(values);

        public override void WritePart(int part, int row, ReadOnlySpan<float> values)
        {
            values.CopyTo(TokensOf(row));
            _contexts[row] = _model.ContextOf(values);
        }

        private Span<float> TokensOf(int row) => _tokens.AsSpan(row * _length, _length);
    }
}
