using Recurrent.Kernels;
using Recurrent.Randomness;

namespace Recurrent.Decoding;

/// <summary>
/// Chooses the tokens of one text, one after the other, from the logits that a model gives. It draws from a stream of its
/// own, so what it chooses depends on the options, the sample's number and the logits alone, and in double precision by
/// operations that give the same bits on every machine. It allocates nothing while it chooses.
/// </summary>
public sealed class TokenSampler
{
    private readonly SamplingOptions _options;
    private readonly RandomStream _random;
    private readonly double[] _weights; // (vocabulary), the largest is 1
    private readonly int[] _ranked; // (vocabulary), the most likely first
    private readonly Comparison<int> _byWeight;
    private readonly int[] _recent = new int[SamplingOptions.RepetitionWindow]; // a ring
    private readonly int[] _timesRecent; // (vocabulary)
    private long _observed;
    private ulong _drawn;

    /// <summary>Makes a sampler that has seen no token.</summary>
    /// <param name="options">How it chooses.</param>
    /// <param name="vocabularySize">Number of vocabulary entries, at least 1.</param>
    /// <param name="sample">Which of the samples of the options' seed; every one is another text.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no vocabulary, or the sample's number is negative.</exception>
    public TokenSampler(SamplingOptions options, int vocabularySize, int sample = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        _options = options;
        _random = RandomStreams.Sampling(options.Seed).Fork((ulong)sample);
        _weights = new double[vocabularySize];
        _ranked = new int[vocabularySize];
        _timesRecent = new int[vocabularySize];
        _byWeight = (a, b) =>
        {
            var order = _weights[b].CompareTo(_weights[a]);
            return order != 0 ? order : a.CompareTo(b);
        };
    }

    /// <summary>Takes note of a token that the sampler has not chosen, such as those of a prefix.</summary>
    /// <param name="token">A token index.</param>
    public void Observe(int token)
    {
        var place = _observed % _recent.Length;
        if (_observed >= _recent.Length)
        {
            _timesRecent[_recent[place]]--;
        }
        _recent[place] = token;
        _timesRecent[token]++;
        _observed++;
    }

    /// <summary>Chooses the next token and takes note of it.</summary>
    /// <param name="logits">The logits of the next token (vocabulary).</param>
    /// <returns>A token index.</returns>
    /// <exception cref="ArgumentException">There is not one logit for each vocabulary entry.</exception>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _weights.Length)
        {
            throw new ArgumentException(
                $"{logits.Length} logits were given where the vocabulary has {_weights.Length} entries; give one for each.",
                nameof(logits)
            );
        }
        var best = Penalize(logits);
        var token = _options.Temperature > 0 ? Draw(best) : best;
        Observe(token);
        return token;
    }

    /// <summary>Puts the logits into the weights, less the penalty.</summary>
    /// <returns>The token with the highest.</returns>
    private int Penalize(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var token = 0; token < logits.Length; token++)
        {
            double logit = logits[token];
            if (_timesRecent[token] > 0)
            {
                logit = logit > 0 ? logit / _options.RepetitionPenalty : logit * _options.RepetitionPenalty;
            }
            _weights[token] = logit;
            best = logit > _weights[best] ? token : best;
        }
        return best;
    }

    private int Draw(int best)
    {
        var highest = _weights[best];
        foreach (ref var weight in _weights.AsSpan())
        {
            // A quotient can overflow to -∞, of which the exponential is 0.
            weight = PortableMath.Exp((weight - highest) / _options.Temperature);
        }
        for (var token = 0; token < _ranked.Length; token++)
        {
            _ranked[token] = token;
        }
        var kept = Keep();
        var total = Sum(kept);
        var left = _random.Uniform(_drawn++) * total;
        foreach (var token in kept)
        {
            left -= _weights[token];
            if (left < 0)
            {
                return token;
            }
        }
        return best; // where rounding has left a rest
    }

    /// <summary>The tokens that may be drawn.</summary>
    private ReadOnlySpan<int> Keep()
    {
        Span<int> kept = _ranked;
        if (_options.TopK is 0 && _options.TopP >= 1)
        {
            return kept;
        }
        kept.Sort(_byWeight);
        if (_options.TopK > 0)
        {
            kept = kept[..Math.Min(_options.TopK, kept.Length)];
        }
        if (_options.TopP < 1)
        {
            var wanted = _options.TopP * Sum(kept);
            var (sum, count) = (0.0, 0);
            do
            {
                sum += _weights[kept[count++]];
            } while (sum < wanted && count < kept.Length);
            kept = kept[..count];
        }
        return kept;
    }

    private double Sum(ReadOnlySpan<int> tokens)
    {
        var sum = 0.0;
        foreach (var token in tokens)
        {
            sum += _weights[token];
        }
        return sum;
    }
}
