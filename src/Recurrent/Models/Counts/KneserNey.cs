using Recurrent.Kernels.Portable;
using Recurrent.Ranges;

namespace Recurrent.Models.Counts;

/// <summary>
/// An interpolated, modified Kneser–Ney n-gram model, which reads and writes as a network does: absolute discounting by
/// three discounts, n-grams counted as they are at the highest order and by how many tokens they follow below, down to
/// a uniform distribution.
/// </summary>
/// <remarks>
/// Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1999, section 3 and equation
/// 26: at each order D₁ = 1 − 2Yn₂/n₁, D₂ = 2 − 3Yn₃/n₂, D₃₊ = 3 − 4Yn₄/n₃ with Y = n₁/(n₁ + 2n₂), where nₖ n-grams
/// count k. A text that is too short for these has ½, 1 and 1½, as in Heafield's KenLM.
/// </remarks>
internal sealed class KneserNey : Decoder
{
    private readonly NGramTrie _ngrams;
    private readonly double[][] _discounts; // (order + 1, 4), by length and count, of which the last is 3 or more
    private readonly double[] _unigrams; // (vocabulary), probabilities after no context

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">Token indices (tokens) of the text to learn from; maybe none.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public KneserNey(ReadOnlySpan<int> tokens, int vocabularySize, int order)
        : this(new NGramTrie(tokens, order), vocabularySize, order) { }

    /// <summary>Takes n-grams that are counted already.</summary>
    /// <param name="ngrams">The n-grams of the text to learn from, of any order that is not less.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="order">Length of the longest n-grams that are used, 1 to the order of the counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public KneserNey(NGramTrie ngrams, int vocabularySize, int order)
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

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    /// <summary>The probability of a token.</summary>
    /// <param name="context">Tokens before it (any number), of which the last order − 1 are used.</param>
    /// <param name="token">The token.</param>
    public double Probability(ReadOnlySpan<int> context, int token) => Probability(ContextOf(context), token);

    /// <summary>The probability of a token.</summary>
    /// <param name="context">What is known of the tokens before it.</param>
    /// <param name="token">The token.</param>
    public double Probability(Context context, int token)
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
    /// <param name="probabilities">Where to (vocabulary): each is that of <see cref="Probability(Context, int)"/>.</param>
    public void Predict(Context context, Span<double> probabilities)
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
    public Context ContextOf(ReadOnlySpan<int> tokens)
    {
        var context = default(Context);
        foreach (var token in tokens[Math.Max(0, tokens.Length - Order + 1)..])
        {
            context = Read(context, token);
        }
        return context;
    }

    /// <summary>The context after one more token.</summary>
    public Context Read(Context context, int token)
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
    public readonly record struct Context(int Length, int Place);

    /// <summary>The last order − 1 tokens of each row; a logit is the logarithm of a probability.</summary>
    private sealed class Rows : DecoderState
    {
        private const float NoToken = -1; // before the beginning of a text; every token is exact as a float

        private readonly KneserNey _model;
        private readonly int _length; // order − 1
        private readonly float[] _tokens; // (capacity, order − 1), the last token at the end
        private readonly Context[] _contexts; // (capacity), of those tokens
        private readonly double[] _probabilities; // (vocabulary)
        private readonly float[] _logits; // (capacity, vocabulary)

        public Rows(KneserNey model, int capacity)
            : base(model, capacity, new DecoderRow(("tokens", Enumerable.Repeat(NoToken, model.Order - 1).ToArray())))
        {
            (_model, _length) = (model, model.Order - 1);
            _tokens = new float[capacity * _length];
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
                var before = TokensOf(rows[i]);
                if (_length > 0)
                {
                    before[1..].CopyTo(before);
                    before[^1] = tokens[i];
                }
                context = _model.Read(context, tokens[i]);
                if (i < outputs)
                {
                    _model.Predict(context, _probabilities);
                    var logits = _logits.AsSpan(i * _probabilities.Length, _probabilities.Length);
                    for (var token = 0; token < logits.Length; token++)
                    {
                        logits[token] = (float)PortableMath.Log(_probabilities[token]);
                    }
                }
            }
        }

        protected override void ReadPart(int part, int row, Span<float> values) => TokensOf(row).CopyTo(values);

        protected override void WritePart(int part, int row, ReadOnlySpan<float> values)
        {
            values.CopyTo(TokensOf(row));
            var context = default(Context);
            foreach (var token in values)
            {
                context = token == NoToken ? default : _model.Read(context, (int)token);
            }
            _contexts[row] = context;
        }

        private Span<float> TokensOf(int row) => _tokens.AsSpan(row * _length, _length);
    }
}
