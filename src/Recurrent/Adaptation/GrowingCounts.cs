using Recurrent.Kernels.Portable;
using Recurrent.Models;
using Recurrent.Models.Counts;

namespace Recurrent.Adaptation;

/// <summary>
/// Counts that grow by what is read: after each token they say what an <see cref="NGramModel"/> of two texts would, the
/// one that was counted before and the one that is read, discounts included.
/// </summary>
/// <remarks>
/// The n-grams of the counted text stay as they are. Those that are read are a trie of their own beside it, each with
/// its place in the first, if that has it, and what it counts more.
/// </remarks>
internal sealed class GrowingCounts : AdaptiveReader
{
    /// <summary>The most n-grams that are kept of what is read, in 384 MiB; more of them are not counted.</summary>
    private const int MaxRead = 1 << 24;

    private const int None = -1;

    private readonly NGramTrie _before; // the counted text
    private readonly int _order;
    private readonly double[][] _countOfCounts; // (order + 1, 5), by length and count: how many n-grams count 1 to 4
    private readonly double[][] _discounts; // (order + 1, 4), by length and count, of which the last is 3 or more
    private readonly List<int> _tokens = []; // what was read
    private readonly Context[] _contexts; // (order), of the last 0, 1, 2, … tokens
    private readonly int[] _counts; // (vocabulary), zeros between two uses
    private readonly int[] _followers; // (vocabulary)
    private readonly double[] _probabilities; // (vocabulary)
    private readonly float[] _logits; // (vocabulary)
    private ReadNGram[] _read = new ReadNGram[1 << 10]; // the empty n-gram first
    private int _readCount = 1;
    private int _known; // tokens of the longest context

    /// <summary>Begins a text.</summary>
    /// <param name="model">What was counted before; it stays as it is.</param>
    public GrowingCounts(NGramModel model)
        : base(model.VocabularySize)
    {
        (_before, _order) = (model.Trie, model.Order);
        (_countOfCounts, _discounts) = (new double[_order + 1][], new double[_order + 1][]);
        for (var length = 1; length <= _order; length++)
        {
            _countOfCounts[length] = new double[NGramModel.MostCounted + 1];
            _discounts[length] = new double[NGramModel.MostCounted];
            foreach (ref readonly var ngram in _before.OfLength(length))
            {
                Note(length, ngram.Count, 1);
            }
        }
        _contexts = new Context[_order];
        _read[0] = new() { FirstLonger = None, Next = None };
        (_counts, _followers) = (new int[VocabularySize], new int[VocabularySize]);
        (_probabilities, _logits) = (new double[VocabularySize], new float[VocabularySize]);
    }

    /// <inheritdoc/>
    public override ILanguageModel Adapted() =>
        new NGramModel(
            _before.With(new NGramTrie(new SortedWindows(_tokens.ToArray(), _order), _order)),
            VocabularySize
        );

    /// <inheritdoc/>
    private protected override ReadOnlySpan<float> ReadKnown(int token)
    {
        Count(token);
        Predict(_probabilities);
        for (var i = 0; i < _logits.Length; i++)
        {
            _logits[i] = (float)PortableMath.Log(_probabilities[i]);
        }
        return _logits;
    }

    /// <summary>Computes the probabilities of all tokens after what was read.</summary>
    internal void Predict(Span<double> probabilities)
    {
        for (var length = 1; length <= _order; length++)
        {
            NGramModel.Discount(_countOfCounts[length], _discounts[length]);
        }
        probabilities.Clear();
        var scale = 1.0;
        for (var length = _known; length >= 0; length--)
        {
            scale = AddFollowers(length, scale, probabilities);
        }
        foreach (ref var probability in probabilities)
        {
            probability += scale / probabilities.Length;
        }
    }

    /// <summary>Counts the n-grams that end with a token, and makes contexts of them.</summary>
    private void Count(int token)
    {
        _tokens.Add(token);
        Span<Context> ending = stackalloc Context[_order + 1]; // by length
        var longest = _known + 1;
        for (var length = 1; length <= longest; length++)
        {
            ending[length] = Longer(length - 1, _contexts[length - 1], token);
        }
        if (longest == _order)
        {
            Increase(longest, ending[longest]);
        }
        // An n-gram that is new makes its end follow one token more, which may be new itself.
        for (var length = longest; length > 0 && ending[length].Read != None; length--)
        {
            ref var ngram = ref _read[ending[length].Read];
            if (ngram.IsKnown)
            {
                break;
            }
            ngram.IsKnown = true;
            if (length > 1)
            {
                Increase(length - 1, ending[length - 1]);
            }
        }
        _known = Math.Min(longest, _order - 1);
        ending[1..(_known + 1)].CopyTo(_contexts.AsSpan(1));
    }

    /// <summary>An n-gram and a token; what is read anew is added, as long as there is room.</summary>
    private Context Longer(int length, Context context, int token)
    {
        if (context.Read != None)
        {
            for (var i = _read[context.Read].FirstLonger; i != None; i = _read[i].Next)
            {
                if (_read[i].Token == token)
                {
                    return new(_read[i].Place, i);
                }
            }
        }
        var place = context.Place == None ? None : _before.Find(length, _before.At(length, context.Place), token);
        if (context.Read == None || _readCount == MaxRead)
        {
            return new(place, None);
        }
        if (_readCount == _read.Length)
        {
            Array.Resize(ref _read, 2 * _read.Length);
        }
        ref var above = ref _read[context.Read];
        _read[_readCount] = new()
        {
            Token = token,
            Place = place,
            IsKnown = place != None,
            FirstLonger = None,
            Next = above.FirstLonger,
        };
        above.FirstLonger = _readCount;
        return new(place, _readCount++);
    }

    private void Increase(int length, Context ngram)
    {
        if (ngram.Read != None)
        {
            var count = ngram.Place == None ? 0 : _before.OfLength(length)[ngram.Place].Count;
            count += _read[ngram.Read].Added++;
            Note(length, count, -1);
            Note(length, count + 1, 1);
        }
    }

    private void Note(int length, int count, int more)
    {
        if (count is > 0 and <= NGramModel.MostCounted)
        {
            _countOfCounts[length][count] += more;
        }
    }

    /// <summary>Adds what a context gives to the tokens that follow it.</summary>
    /// <returns>The part of the scale that is left for shorter contexts.</returns>
    private double AddFollowers(int length, double scale, Span<double> probabilities)
    {
        var followers = CountFollowers(length);
        var discounts = _discounts[length + 1];
        var (total, discounted) = (0L, 0.0);
        foreach (var token in followers)
        {
            total += _counts[token];
            discounted += NGramModel.DiscountOf(_counts[token], discounts);
        }
        foreach (var token in followers)
        {
            if (_counts[token] > 0)
            {
                probabilities[token] += scale * NGramModel.Discounted(_counts[token], discounts) / total;
                _counts[token] = 0;
            }
        }
        return total > 0 ? scale * discounted / total : scale;
    }

    /// <summary>The tokens that follow a context in either text, with their counts side by side.</summary>
    private ReadOnlySpan<int> CountFollowers(int length)
    {
        var (place, read) = _contexts[length];
        var count = 0;
        if (place != None)
        {
            foreach (ref readonly var ngram in _before.Longer(length, _before.At(length, place)))
            {
                _followers[count++] = ngram.Token;
                _counts[ngram.Token] = ngram.Count;
            }
        }
        for (var i = read == None ? None : _read[read].FirstLonger; i != None; i = _read[i].Next)
        {
            if (_read[i].Place == None)
            {
                _followers[count++] = _read[i].Token;
            }
            _counts[_read[i].Token] += _read[i].Added;
        }
        return _followers.AsSpan(0, count);
    }

    /// <summary>An n-gram by its places in both texts, each of which may lack it.</summary>
    private readonly record struct Context(int Place, int Read);

    /// <summary>An n-gram of the text that is read.</summary>
    private struct ReadNGram
    {
        public int Token; // its last
        public int Place; // in the counted text, or None
        public int Added; // to its count there
        public int FirstLonger; // the last one that was added of those that are a token longer, or None
        public int Next; // the one added before, of those that are as long and begin with the same, or None
        public bool IsKnown; // whether it has been in either text
    }
}
