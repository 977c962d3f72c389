using Recurrent.Layers;
using Recurrent.Tensors;

namespace Recurrent.Models;

/// <summary>
/// An embedding and the tables of <see cref="ContextFeatures"/> beside it: the vectors that recurrent layers read.
/// </summary>
/// <remarks>
/// What a row of the state knows of the text before is <see cref="ContextLength"/> numbers, which float32 holds
/// exactly, all 0 before any text: the last three tokens, the last one first, each plus 1; a hash of the letters of the
/// word so far, of 24 bits; and that of the word before it.
/// </remarks>
internal sealed class ContextTables
{
    /// <summary>What the names of the features' parameters begin with.</summary>
    public const string Module = "features";

    /// <summary>Numbers that a row of the state has.</summary>
    public const int ContextLength = 5;

    /// <summary>Tokens of the largest vocabulary, whose numbers float32 holds exactly.</summary>
    public const int MaxVocabularySize = (1 << 24) - 1;

    private const int WordBits = (1 << 24) - 1;
    private static readonly string[] s_nGrams = ["2", "3", "4"];
    private static readonly string[] s_words = ["word", "words"];

    private readonly ContextFeatures _features;
    private readonly bool[] _isLetter; // (vocabulary)
    private int[] _rows = []; // (1 + tables, T·B), of one call after the other
    private float[] _context = []; // (B, ContextLength)

    /// <summary>Takes parameters as they are.</summary>
    /// <param name="features">The features.</param>
    /// <param name="tables">The embedding (V, E), then a table (rows, E) for each feature.</param>
    public ContextTables(ContextFeatures features, IReadOnlyList<Tensor> tables)
    {
        (_features, Tables) = (features, tables);
        _isLetter = new bool[tables[0].Shape[0]];
        foreach (var letter in features.Letters ?? [])
        {
            _isLetter[letter] = true;
        }
    }

    /// <summary>The embedding, then the table of each feature.</summary>
    public IReadOnlyList<Tensor> Tables { get; }

    /// <summary>
    /// The parameters of the features, such as 2.weight. They are zeros at first, so that a context adds nothing until
    /// it has been seen.
    /// </summary>
    public static IEnumerable<ParameterSpec> Specs(ContextFeatures features, int size) =>
        s_nGrams
            .Concat(features.HasWords ? s_words : [])
            .Select(name => new ParameterSpec(
                $"{name}.weight",
                new Shape(features.Rows, size),
                InitialValues.Normal(0)
            ));

    /// <summary>Reads a minibatch.</summary>
    /// <param name="tokens">Token indices (T, B).</param>
    /// <param name="context">What the rows know of the text before, (B, <see cref="ContextLength"/>).</param>
    /// <param name="dropout">What decides which features are dropped; null outside of training.</param>
    /// <returns>The vectors (T, B, E), and what the rows know afterwards.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is out of range.</exception>
    public (Tensor Vectors, Tensor Context) Forward(Indices tokens, Tensor context, DropoutStreams? dropout)
    {
        var (steps, batch, count) = (tokens.Rows, tokens.Columns, tokens.Count);
        if (context.Shape != new Shape(batch, ContextLength))
        {
            throw new ArgumentException(
                $"The last tensor of the state must have shape ({batch}, {ContextLength}), for tokens ({steps}, "
                    + $"{batch}), and has {context.Shape}; InitialState makes one.",
                nameof(context)
            );
        }
        tokens.RequireBelow(_isLetter.Length, nameof(tokens));
        (_rows, _context) = (Room(_rows, Tables.Count * count), Room(_context, batch * ContextLength));
        tokens.Device.Read(tokens.Values, _rows.AsSpan(0, count));
        context.CopyTo(_context);
        for (var i = 0; i < count; i++)
        {
            Read(_context.AsSpan(i % batch * ContextLength, ContextLength), _rows[i], _rows.AsSpan(i), count);
        }
        var scale = 1f;
        if (dropout is { } random && _features.Dropout > 0)
        {
            scale = (float)(1 / (1 - _features.Dropout));
            var threshold = (uint)(_features.Dropout * (1L << 32));
            var rows = batch / tokens.Shards;
            for (var shard = 0; shard < tokens.Shards; shard++)
            {
                var stream = random.Of(shard);
                for (var i = 0; i < (Tables.Count - 1) * steps * rows; i++)
                {
                    ref var row = ref _rows[count + (i / rows * batch) + (shard * rows) + (i % rows)];
                    row = stream.UInt32((ulong)i) < threshold ? _features.Rows : row;
                }
            }
        }
        return (
            Tensor.SumOfRows(Tables, _rows, steps, batch, scale, tokens.Shards),
            Tensor.From(tokens.Device, _context, batch, ContextLength)
        );
    }

    /// <summary>Reads a token.</summary>
    /// <param name="context">What is known of the text before; afterwards with the token.</param>
    /// <param name="token">The token.</param>
    /// <param name="rows">Where the token and the row of each table go.</param>
    /// <param name="step">The distance between them.</param>
    public void Read(Span<float> context, int token, Span<int> rows, int step)
    {
        var (last, second, third) = ((uint)context[0], (uint)context[1], (uint)context[2]);
        var now = (uint)token + 1;
        rows[0] = token;
        var hash = Mix(Mix(0, now), last);
        rows[step] = RowOf(Mix(hash, 2));
        hash = Mix(hash, second);
        rows[2 * step] = RowOf(Mix(hash, 3));
        rows[3 * step] = RowOf(Mix(Mix(hash, third), 4));
        (context[0], context[1], context[2]) = (now, last, second);
        if (Tables.Count == 1 + s_nGrams.Length)
        {
            return;
        }
        var (word, before) = ((uint)context[3], (uint)context[4]);
        if (_isLetter[token])
        {
            word = Mix(word, now) & WordBits;
        }
        else if (word != 0)
        {
            (word, before) = (0, word);
        }
        rows[4 * step] = RowOf(Mix(word, 5));
        rows[5 * step] = RowOf(Mix(Mix(word, 6), before));
        (context[3], context[4]) = (word, before);
    }

    /// <summary>A hash of a hash and one number more.</summary>
    private static uint Mix(uint hash, uint value)
    {
        hash = (hash ^ value) * 0x9E3779B1; // 2³² over the golden ratio
        return (hash ^ (hash >> 15)) * 0x85EBCA77;
    }

    /// <summary>The row of a table that a hash chooses: the last steps of xxHash32, then the upper bits.</summary>
    private int RowOf(uint hash)
    {
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE3D;
        return (int)(((ulong)(hash ^ (hash >> 16)) * (uint)_features.Rows) >> 32);
    }

    private static T[] Room<T>(T[] room, int length) => room.Length == length ? room : new T[length];
}
