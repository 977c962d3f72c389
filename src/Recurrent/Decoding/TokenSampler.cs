using System.Numerics;
using Recurrent.Kernels.Portable;
using Recurrent.Randomness;
using Recurrent.Ranges;

namespace Recurrent.Decoding;

/// <summary>
/// Chooses the tokens of one text, one after the other, from the logits that a model gives. It draws from a stream of
/// its own, so what it chooses depends on the options, the sample's number and the logits alone, and in double
/// precision by operations that give the same bits on every machine. It allocates nothing while it chooses.
/// </summary>
/// <example>
/// <code>
/// var sampler = new TokenSampler(new SamplingOptions { TopK = 2 }, vocabularySize: 3);
/// Console.WriteLine(sampler.Next([0.5f, 2, 1])); // 1 or 2
/// </code>
/// </example>
public sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly RandomStream _random;
    private readonly SamplerMemory _memory;
    private readonly KeyValuePair<int, double>[] _bias;
    private readonly (int Start, int End)[] _choices; // the tokens that may be chosen
    private readonly bool _changesLogits; // before they are divided by the temperature
    private readonly int[] _recent = new int[SamplingOptions.RepetitionWindow]; // a ring
    private readonly int[]? _counts; // (vocabulary), how often each token was chosen; null where nobody counts
    private (int Token, int Count)[] _counted = []; // before, where nobody counts now
    private long _observed;
    private ulong _chosen;

    /// <summary>Makes a sampler that has seen no token and may choose every one.</summary>
    /// <param name="options">How it chooses.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="sample">Which of the samples of the options' seed; every one is another text.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There is no vocabulary, or the sample's number is negative.
    /// </exception>
    /// <exception cref="ArgumentException">A biased token is not one of the vocabulary.</exception>
    public TokenSampler(SamplingOptions options, int vocabularySize, int sample = 0)
        : this(options, new SamplerMemory(AtLeastOne(vocabularySize)), sample) { }

    /// <summary>Makes a sampler that shares its memory with others, of which one at a time chooses.</summary>
    /// <param name="options">How it chooses.</param>
    /// <param name="memory">The memory.</param>
    /// <param name="sample">Which of the samples of the options' seed.</param>
    /// <param name="state">What to go on from; null for no token.</param>
    /// <param name="counts">Whether it counts what it chooses, for another that goes on and penalizes it.</param>
    internal TokenSampler(
        SamplingOptions options,
        SamplerMemory memory,
        int sample,
        SamplerState? state = null,
        bool counts = false
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        Within.AtLeast(0).Require(nameof(sample), sample, "number the samples of a seed from 0");
        var vocabularySize = memory.Weights.Length;
        _bias = options.LogitBias.Count == 0 ? [] : [.. options.LogitBias];
        foreach (var (token, _) in _bias)
        {
            if (token >= vocabularySize)
            {
                throw new ArgumentException(
                    $"A bias is given for token {token} and the vocabulary's go to {vocabularySize - 1}; leave it out.",
                    nameof(options)
                );
            }
        }
        (_options, _memory) = (options, memory);
        _choices = options.AllowsUnknown ? [(0, vocabularySize)] : memory.Choices;
        _random = RandomStream.Sampling(options.Seed).Fork((ulong)sample);
        _counts = options.CountsTokens || counts ? new int[vocabularySize] : null;
        _changesLogits = _bias.Length > 0 || options.RepetitionPenalty != 1 || options.CountsTokens;
        if (state is not null)
        {
            Restore(state);
        }
    }

    /// <summary>Takes note of a token that the sampler has not chosen, such as those of a prefix.</summary>
    /// <param name="token">A token index.</param>
    public void Observe(int token)
    {
        _recent[_observed % _recent.Length] = token;
        _observed++;
    }

    /// <summary>Chooses the next token and takes note of it.</summary>
    /// <param name="logits">The logits of the next token (vocabulary).</param>
    /// <returns>A token index.</returns>
    /// <exception cref="ArgumentException">There is not one logit for each vocabulary entry.</exception>
    public int Next(ReadOnlySpan<float> logits)
    {
        var weights = _memory.Weights.AsSpan();
        if (logits.Length != weights.Length)
        {
            throw new ArgumentException(
                $"{logits.Length} logits were given where the vocabulary has {weights.Length} entries; "
                    + "give one for each.",
                nameof(logits)
            );
        }
        var token = _changesLogits ? NextOfChanged(logits, weights) : NextOfLogits(logits, weights);
        Choose(token);
        return token;
    }

    private int NextOfLogits(ReadOnlySpan<float> logits, Span<double> weights)
    {
        var best = _choices[0].Start;
        var highest = logits[best];
        foreach (var (start, end) in _choices)
        {
            (best, highest) = HighestOf(logits, start, end, best, highest);
        }
        if (_options.Temperature > 0)
        {
            var (behind, sum) = (0, 0.0);
            foreach (var (start, end) in _choices)
            {
                weights[behind..start].Clear();
                // A quotient can overflow to -∞, of which the exponential is 0.
                sum = DoubleExp.OfScaledDifferences(
                    logits[start..end],
                    highest,
                    _options.Temperature,
                    weights[start..end],
                    sum
                );
                behind = end;
            }
            weights[behind..].Clear();
            return Draw(weights, sum, best);
        }
        return best;
    }

    private int NextOfChanged(ReadOnlySpan<float> logits, Span<double> weights)
    {
        for (var i = 0; i < weights.Length; i++)
        {
            weights[i] = logits[i];
        }
        Penalize(weights);
        var behind = 0;
        foreach (var (start, end) in _choices)
        {
            weights[behind..start].Fill(double.NegativeInfinity);
            behind = end;
        }
        weights[behind..].Fill(double.NegativeInfinity);
        var best = IndexOfHighest(weights);
        if (_options.Temperature > 0)
        {
            var sum = DoubleExp.OfScaledDifferences(weights, weights[best], _options.Temperature, weights);
            return Draw(weights, sum, best);
        }
        return best;
    }

    /// <summary>Takes note of a token that a sampler like this one has chosen.</summary>
    internal void Choose(int token)
    {
        Observe(token);
        _chosen++;
        if (_counts is not null)
        {
            _counts[token]++;
        }
    }

    /// <summary>Copies the last tokens, the oldest first.</summary>
    /// <param name="tokens">Where to, of at most <see cref="SamplingOptions.RepetitionWindow"/> tokens.</param>
    /// <returns>The number of them.</returns>
    internal int CopyRecent(Span<int> tokens)
    {
        var count = (int)Math.Min(_observed, tokens.Length);
        var first = (int)((_observed - count) % _recent.Length);
        var beforeEnd = Math.Min(count, _recent.Length - first);
        _recent.AsSpan(first, beforeEnd).CopyTo(tokens);
        _recent.AsSpan(0, count - beforeEnd).CopyTo(tokens[beforeEnd..]);
        return count;
    }

    /// <summary>The sampler's state.</summary>
    internal SamplerState Save()
    {
        Span<int> recent = stackalloc int[SamplingOptions.RepetitionWindow];
        (int, int)[] counts = _counts is null ? _counted : [.. _counts.Index().Where(entry => entry.Item > 0)];
        return new(_chosen, recent[..CopyRecent(recent)].ToArray(), counts);
    }

    private static int AtLeastOne(int vocabularySize) =>
        Within.AtLeast(1).Require(nameof(vocabularySize), vocabularySize);

    /// <summary>The first of the highest values of a range and of the highest before it.</summary>
    private static (int Place, float Value) HighestOf(
        ReadOnlySpan<float> values,
        int start,
        int end,
        int best,
        float highest
    )
    {
        var lanes = Vector<float>.Count;
        if (end - start >= lanes)
        {
            var (highs, places) = (new Vector<float>(highest), new Vector<int>(best));
            for (var place = Vector.CreateSequence(start, 1); start <= end - lanes; start += lanes)
            {
                var next = new Vector<float>(values[start..]);
                var isHigher = Vector.GreaterThan(next, highs);
                highs = Vector.ConditionalSelect(isHigher, next, highs);
                places = Vector.ConditionalSelect(isHigher, place, places);
                place += new Vector<int>(lanes);
            }
            for (var lane = 0; lane < lanes; lane++)
            {
                if (highs[lane] > highest || (highs[lane] >= highest && places[lane] < best))
                {
                    (best, highest) = (places[lane], highs[lane]);
                }
            }
        }
        for (var i = start; i < end; i++)
        {
            if (values[i] > highest)
            {
                (best, highest) = (i, values[i]);
            }
        }
        return (best, highest);
    }

    private static int IndexOfHighest(ReadOnlySpan<double> values)
    {
        var (best, highest) = (0, values[0]);
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > highest)
            {
                (best, highest) = (i, values[i]);
            }
        }
        return best;
    }

    private void Restore(SamplerState state)
    {
        (_chosen, _observed) = (state.Chosen, state.Recent.Length);
        state.Recent.CopyTo(_recent, 0);
        _counted = state.Counts;
        foreach (var (token, count) in _counts is null ? [] : _counted)
        {
            _counts![token] = count;
        }
    }

    private void Penalize(Span<double> logits)
    {
        foreach (var (token, bias) in _bias)
        {
            logits[token] += bias;
        }
        if (_options.RepetitionPenalty != 1)
        {
            PenalizeRecent(logits);
        }
        for (var token = 0; _options.CountsTokens && token < logits.Length; token++)
        {
            if (_counts![token] > 0)
            {
                logits[token] -= (_counts[token] * _options.FrequencyPenalty) + _options.PresencePenalty;
            }
        }
    }

    /// <summary>Each token among the last ones, however often it is.</summary>
    private void PenalizeRecent(Span<double> logits)
    {
        var recent = _recent.AsSpan(0, (int)Math.Min(_observed, _recent.Length));
        foreach (var token in recent)
        {
            if (!_memory.Penalized[token])
            {
                _memory.Penalized[token] = true;
                ref var logit = ref logits[token];
                logit = logit > 0 ? logit / _options.RepetitionPenalty : logit * _options.RepetitionPenalty;
            }
        }
        foreach (var token in recent)
        {
            _memory.Penalized[token] = false;
        }
    }

    private int Draw(ReadOnlySpan<double> weights, double sum, int best) =>
        _options is { TopK: 0, TopP: >= 1, MinP: 0 }
            ? DrawFromAll(weights, sum, best)
            : DrawFrom(Keep(), weights, best);

    private int DrawFromAll(ReadOnlySpan<double> weights, double sum, int best)
    {
        var left = _random.Uniform(_chosen) * sum;
        for (var token = 0; token < weights.Length; token++)
        {
            left -= weights[token];
            if (left < 0)
            {
                return token;
            }
        }
        return best; // where rounding has left a rest
    }

    private int DrawFrom(ReadOnlySpan<int> tokens, ReadOnlySpan<double> weights, int best)
    {
        var left = _random.Uniform(_chosen) * Sum(tokens, weights);
        foreach (var token in tokens)
        {
            left -= weights[token];
            if (left < 0)
            {
                return token;
            }
        }
        return best;
    }

    /// <summary>The tokens that may be drawn, the most likely first.</summary>
    private ReadOnlySpan<int> Keep()
    {
        Span<int> kept = _memory.Ranked;
        for (var token = 0; token < kept.Length; token++)
        {
            kept[token] = token;
        }
        kept.Sort(_memory.ByWeight);
        if (_options.TopK > 0)
        {
            kept = kept[..Math.Min(_options.TopK, kept.Length)];
        }
        if (_options.TopP < 1)
        {
            var wanted = _options.TopP * Sum(kept, _memory.Weights);
            var (sum, count) = (0.0, 0);
            do
            {
                sum += _memory.Weights[kept[count++]];
            } while (sum < wanted && count < kept.Length);
            kept = kept[..count];
        }
        if (_options.MinP > 0)
        {
            var count = 1;
            while (count < kept.Length && _memory.Weights[kept[count]] >= _options.MinP) // the first one's is 1
            {
                count++;
            }
            kept = kept[..count];
        }
        return kept;
    }

    private static double Sum(ReadOnlySpan<int> tokens, ReadOnlySpan<double> weights)
    {
        var sum = 0.0;
        foreach (var token in tokens)
        {
            sum += weights[token];
        }
        return sum;
    }
}
