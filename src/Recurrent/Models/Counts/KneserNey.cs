using Recurrent.Kernels.Portable;
using Recurrent.Ranges;

namespace Recurrent.Models.Counts;

/// <summary>
/// An interpolated Kneser–Ney n-gram model, which reads and writes as a network does: absolute discounting, n-grams
/// counted as they are at the highest order and by how many tokens they follow below, down to a uniform distribution.
/// </summary>
/// <remarks>
/// Chen and Goodman, "An empirical study of smoothing techniques for language modeling", 1999, section 2.7 and equation
/// 4.19 ff.; one discount for each order, n₁/(n₁ + 2n₂) of its counts, or 1/2 where no n-gram counts 1.
/// </remarks>
internal sealed class KneserNey : Decoder
{
    /// <summary>The highest order.</summary>
    public const int MaxOrder = 6;

    /// <summary>The largest vocabulary.</summary>
    public const int MaxVocabulary = 1 << TokenBits;

    private const int TokenBits = 21; // six tokens fit a UInt128

    private readonly Level[] _levels; // (order); level k − 1 holds the k-grams

    /// <summary>Counts the n-grams of a text.</summary>
    /// <param name="tokens">Token indices (tokens) of the text to learn from; maybe none.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, 1 to 2,097,152.</param>
    /// <param name="order">Length of the longest n-grams, 1 to 6.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public KneserNey(ReadOnlySpan<int> tokens, int vocabularySize, int order)
        : base(vocabularySize)
    {
        Within.From(1, MaxVocabulary).Require(nameof(vocabularySize), vocabularySize);
        Order = Within.From(1, MaxOrder).Require(nameof(order), order);
        _levels = new Level[order];
        var counts = new Dictionary<UInt128, int>();
        for (var end = order; end <= tokens.Length; end++)
        {
            Add(counts, Key(tokens[(end - order)..end]));
        }
        _levels[^1] = new Level(counts);
        for (var length = order - 1; length > 0; length--)
        {
            counts = Continuations(counts, length);
            // The text's first n-gram follows nothing, and yet is one that shorter ones end.
            if (tokens.Length >= length)
            {
                counts.TryAdd(Key(tokens[..length]), 0);
            }
            _levels[length - 1] = new Level(counts);
        }
    }

    /// <summary>Length of the longest n-grams.</summary>
    public int Order { get; }

    /// <inheritdoc/>
    internal override DecoderState CreateState(int capacity) => new Rows(this, capacity);

    /// <summary>The probability of a token.</summary>
    /// <param name="context">Tokens before it (any number), of which the last order − 1 are used.</param>
    /// <param name="token">The token.</param>
    public double Probability(ReadOnlySpan<int> context, int token)
    {
        var probability = 1.0 / VocabularySize;
        for (var length = 1; length <= Math.Min(Order, context.Length + 1); length++)
        {
            var before = Key(context[^(length - 1)..]);
            probability = _levels[length - 1].Probability(before, token, probability);
        }
        return probability;
    }

    /// <summary>The number of different tokens that come before each of the n-grams of a length.</summary>
    private static Dictionary<UInt128, int> Continuations(Dictionary<UInt128, int> longer, int length)
    {
        var ends = (UInt128.One << (length * TokenBits)) - 1;
        var counts = new Dictionary<UInt128, int>();
        foreach (var key in longer.Keys)
        {
            Add(counts, key & ends);
        }
        return counts;
    }

    private static void Add(Dictionary<UInt128, int> counts, UInt128 key) =>
        counts[key] = counts.GetValueOrDefault(key) + 1;

    private static UInt128 Key(ReadOnlySpan<int> tokens)
    {
        var key = UInt128.Zero;
        foreach (var token in tokens)
        {
            key = (key << TokenBits) | (uint)token;
        }
        return key;
    }

    /// <summary>The last order − 1 tokens of each row; a logit is the logarithm of a probability.</summary>
    private sealed class Rows : DecoderState
    {
        private const float NoToken = -1; // before the beginning of a text; every token is exact as a float

        private readonly KneserNey _model;
        private readonly int _length; // order − 1
        private readonly float[] _contexts; // (capacity, order − 1), the last token at the end
        private readonly float[] _logits; // (capacity, vocabulary)

        public Rows(KneserNey model, int capacity)
            : base(model, capacity, new DecoderRow(("tokens", Enumerable.Repeat(NoToken, model.Order - 1).ToArray())))
        {
            (_model, _length) = (model, model.Order - 1);
            _contexts = new float[capacity * _length];
            Array.Fill(_contexts, NoToken);
            _logits = new float[checked(capacity * model.VocabularySize)];
        }

        protected override ReadOnlySpan<float> LogitRows => _logits;

        protected override void StepRows(ReadOnlySpan<int> rows, ReadOnlySpan<int> tokens, int outputs)
        {
            for (var i = 0; i < rows.Length; i++)
            {
                var context = ContextOf(rows[i]);
                if (_length > 0)
                {
                    context[1..].CopyTo(context);
                    context[^1] = tokens[i];
                }
                if (i < outputs)
                {
                    Predict(context, _logits.AsSpan(i * _model.VocabularySize, _model.VocabularySize));
                }
            }
        }

        protected override void ReadPart(int part, int row, Span<float> values) => ContextOf(row).CopyTo(values);

        protected override void WritePart(int part, int row, ReadOnlySpan<float> values) =>
            values.CopyTo(ContextOf(row));

        private Span<float> ContextOf(int row) => _contexts.AsSpan(row * _length, _length);

        private void Predict(ReadOnlySpan<float> context, Span<float> logits)
        {
            Span<int> tokens = stackalloc int[MaxOrder];
            var count = 0;
            foreach (var token in context)
            {
                if (token != NoToken)
                {
                    tokens[count++] = (int)token;
                }
            }
            for (var token = 0; token < logits.Length; token++)
            {
                logits[token] = (float)PortableMath.Log(_model.Probability(tokens[..count], token));
            }
        }
    }

    /// <summary>The n-grams of one length.</summary>
    private sealed class Level
    {
        private readonly Dictionary<UInt128, int> _counts;
        private readonly Dictionary<UInt128, (long Total, int Distinct)> _contexts = [];
        private readonly double _discount;

        public Level(Dictionary<UInt128, int> counts)
        {
            _counts = counts;
            var (once, twice) = (0L, 0L);
            foreach (var (key, count) in counts)
            {
                if (count > 0)
                {
                    var (total, distinct) = _contexts.GetValueOrDefault(key >> TokenBits);
                    _contexts[key >> TokenBits] = (total + count, distinct + 1);
                }
                once += count == 1 ? 1 : 0;
                twice += count == 2 ? 1 : 0;
            }
            _discount = once > 0 ? once / (once + (2.0 * twice)) : 0.5;
        }

        public double Probability(UInt128 context, int token, double lower)
        {
            if (!_contexts.TryGetValue(context, out var followed))
            {
                return lower;
            }
            var count = _counts.GetValueOrDefault((context << TokenBits) | (uint)token);
            return (Math.Max(count - _discount, 0) + (_discount * followed.Distinct * lower)) / followed.Total;
        }
    }
}
