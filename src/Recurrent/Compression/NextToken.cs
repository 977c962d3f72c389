using Recurrent.Adaptation;
using Recurrent.Kernels.Portable;
using Recurrent.Models;

namespace Recurrent.Compression;

/// <summary>
/// What a model expects next in a text, as shares that are integers: the same on every machine, and none of them 0, so
/// that whatever comes can be coded.
/// </summary>
internal sealed class NextToken : IDisposable
{
    // A token takes 31 bits at most, and the ones that are added to the shares cost the others next to nothing.
    private const double Shares = 1L << 31;

    private static readonly int[] s_row = [0];

    private readonly Decoder? _decoder; // null where the model learns
    private readonly DecoderState? _state;
    private readonly AdaptiveReader? _reader; // null where it does not
    private readonly int[] _read = new int[1];
    private readonly double[] _weights; // (vocabulary)
    private readonly long[] _sizes; // (vocabulary)
    private bool _isKnown; // whether the shares are those after the last token

    /// <summary>Begins a text.</summary>
    /// <param name="decoder">The model.</param>
    /// <param name="before">The token that the text follows.</param>
    public NextToken(Decoder decoder, int before)
        : this(decoder.VocabularySize, before)
    {
        (_decoder, _state) = (decoder, decoder.RentState(1));
        _state.Reset(0);
    }

    /// <summary>Begins a text from which the model learns.</summary>
    /// <param name="reader">The model, before any text.</param>
    /// <param name="before">The token that the text follows.</param>
    public NextToken(AdaptiveReader reader, int before)
        : this(reader.VocabularySize, before) => _reader = reader;

    private NextToken(int vocabularySize, int before)
    {
        (_weights, _sizes) = (new double[vocabularySize], new long[vocabularySize]);
        Follow(before);
    }

    /// <summary>The sum of all shares.</summary>
    public long Total
    {
        get
        {
            Predict();
            return field;
        }
        private set;
    }

    /// <summary>A token's place among the shares.</summary>
    public (long Start, long Size) Of(int token)
    {
        Predict();
        var start = 0L;
        foreach (var size in _sizes.AsSpan(0, token))
        {
            start += size;
        }
        return (start, _sizes[token]);
    }

    /// <summary>The token in whose share a number lies, and that share.</summary>
    /// <param name="target">0 to <see cref="Total"/> − 1.</param>
    public (int Token, long Start, long Size) At(long target)
    {
        Predict();
        var (token, start) = (0, 0L);
        while (target >= start + _sizes[token])
        {
            start += _sizes[token++];
        }
        return (token, start, _sizes[token]);
    }

    /// <summary>Goes on to the next token.</summary>
    /// <param name="token">What came.</param>
    public void Follow(int token) => (_read[0], _isKnown) = (token, false);

    public void Dispose()
    {
        if (_state is not null)
        {
            _decoder!.ReturnState(_state);
        }
    }

    private void Predict()
    {
        if (_isKnown)
        {
            return;
        }
        _isKnown = true;
        var logits = _reader is null ? _state!.Step(s_row, _read) : _reader.Read(_read[0]);
        var highest = double.NegativeInfinity;
        foreach (var logit in logits)
        {
            highest = Math.Max(highest, logit);
        }
        DoubleExp.OfScaledDifferences(logits, highest, temperature: 1, _weights);
        // A model whose logits are no numbers expects everything alike: as an integer, NaN is 0.
        var scale = Shares / PortableMath.Add(0, _weights);
        var total = 0L;
        for (var token = 0; token < _sizes.Length; token++)
        {
            total += _sizes[token] = 1 + (long)(_weights[token] * scale);
        }
        Total = total;
    }
}
