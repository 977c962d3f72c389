using System.Text;
using Recurrent.Ranges;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>A text, or a part of one, in a model's tokens, with the sizes by which its bits are divided.</summary>
internal sealed class MeasuredText
{
    internal static readonly Bounds<double> Shares = Within.Above(0, 1.0);

    private readonly IReadOnlyList<string> _distinct; // (distinct tokens)
    private readonly ReadOnlyMemory<int> _numbers; // (tokens), of the distinct ones
    private readonly TextCodec _codec;
    private readonly Lazy<int[]> _indices; // (tokens)
    private readonly Lazy<int> _characters;
    private readonly Lazy<byte[]> _content;

    private MeasuredText(IReadOnlyList<string> distinct, ReadOnlyMemory<int> numbers, TextCodec codec)
    {
        (_distinct, _numbers, _codec) = (distinct, numbers, codec);
        // The use of a text decides which of these are needed: the text that n-grams learn from needs only its indices.
        _indices = new(() => codec.Vocabulary.Encode(Strings()));
        _characters = new(() => codec.Tokenizer.Join(Strings()).EnumerateRunes().Count());
        _content = new(() =>
            IsRaw(codec) ? ByteTokenizer.ToBytes(Strings()) : Encoding.UTF8.GetBytes(codec.Tokenizer.Join(Strings()))
        );
    }

    /// <summary>The number of tokens.</summary>
    public int Length => _numbers.Length;

    /// <summary>The token indices, of shape (tokens); 0 for each token that the vocabulary lacks.</summary>
    public ReadOnlyMemory<int> Tokens => _indices.Value;

    /// <summary>
    /// The number of tokens that the vocabulary lacks; a model predicts only that they are unknown, not which they are,
    /// so <see cref="Spelling"/> is charged for that.
    /// </summary>
    public int Unknown => Strings().Count(token => !_codec.Vocabulary.Contains(token));

    /// <summary>
    /// The bits that spell each token out, of shape (tokens): 8 for each byte of one that the vocabulary lacks and 8
    /// more for the end of a word, 0 for any other.
    /// </summary>
    public double[] Spelling =>
        [.. Strings().Select(token => _codec.Vocabulary.Contains(token) ? 0.0 : 8.0 * _codec.Tokenizer.BytesOf(token))];

    /// <summary>The byte of <see cref="Content"/> at which each token begins, of shape (tokens).</summary>
    public int[] Positions
    {
        get
        {
            var (positions, at, joiner) = (new int[Length], 0, _codec.Tokenizer.CreateJoiner());
            foreach (var (i, token) in Strings().Index())
            {
                positions[i] = at;
                at += IsRaw(_codec) ? 1 : Encoding.UTF8.GetByteCount(joiner.Append(token));
            }
            return positions;
        }
    }

    /// <summary>The number of Unicode characters (scalar values) in the normalized text.</summary>
    public int Characters => _characters.Value;

    /// <summary>The normalized text in UTF-8, or the original bytes if the model takes any byte as a token.</summary>
    public ReadOnlyMemory<byte> Content => _content.Value;

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text, possibly empty.</param>
    /// <param name="codec">The model's codec.</param>
    public static MeasuredText FromText(string text, TextCodec codec)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(codec);
        return OfTokens(TextCodec.Split(text, codec.Normalizer, codec.Tokenizer), codec);
    }

    private static MeasuredText OfTokens(IEnumerable<string> tokens, TextCodec codec)
    {
        string[] all = [.. tokens];
        return new(all, Enumerable.Range(0, all.Length).ToArray(), codec);
    }

    /// <summary>Encodes bytes, by the rules of <see cref="Corpus.FromBytes"/>.</summary>
    /// <param name="bytes">The text's bytes.</param>
    /// <param name="origin">The name of the text in error messages, such as a path.</param>
    /// <param name="codec">The model's codec.</param>
    /// <exception cref="TextFormatException">The bytes are empty, or not text in their encoding.</exception>
    public static MeasuredText FromBytes(ReadOnlyMemory<byte> bytes, string origin, TextCodec codec)
    {
        var numbers = new NumbersInMemory(max: null);
        using var scan = Scan(origin, codec, numbers);
        scan.Add(bytes.Span);
        scan.End();
        return new(scan.Distinct.Tokens, numbers.Kept, codec);
    }

    /// <summary>
    /// Encodes a part of a text of any size without keeping the rest. The text is read to its end, by the rules of
    /// <see cref="Corpus.FromBytes"/>.
    /// </summary>
    /// <param name="stream">The text from its beginning; it is left open.</param>
    /// <param name="origin">The name of the text in error messages, such as a path.</param>
    /// <param name="codec">The model's codec.</param>
    /// <param name="start">The position of the part's first token.</param>
    /// <param name="length">The number of its tokens; the part has fewer if the text ends earlier.</param>
    /// <param name="encoding">The encoding of bytes without a byte order mark; null for UTF-8.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="TextFormatException">The stream is empty, or not text in its encoding.</exception>
    public static MeasuredText FromStream(
        Stream stream,
        string origin,
        TextCodec codec,
        long start,
        int length,
        Encoding? encoding = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        Within.AtLeast(0L).Require(nameof(start), start);
        Within.AtLeast(0).Require(nameof(length), length);
        var numbers = new NumbersInMemory(length, start);
        using var scan = Scan(origin, codec, numbers, encoding);
        scan.Add(stream, cancellationToken);
        scan.End();
        return new(scan.Distinct.Tokens, numbers.Kept, codec);
    }

    /// <summary>Counts the tokens of a text, by the rules of <see cref="FromStream"/>.</summary>
    /// <param name="stream">The text from its beginning; it is left open.</param>
    /// <param name="origin">The name of the text in error messages, such as a path.</param>
    /// <param name="codec">The model's codec.</param>
    /// <param name="encoding">The encoding of bytes without a byte order mark; null for UTF-8.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>
    /// The number of tokens, the hash of the text (<see cref="Corpus.Hash"/>), and that of its bytes as they are, which
    /// older models have of their texts.
    /// </returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="TextFormatException">The stream is empty, or not text in its encoding.</exception>
    public static (long Tokens, string Hash, string SourceHash) Count(
        Stream stream,
        string origin,
        TextCodec codec,
        Encoding? encoding = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        var numbers = new NumbersInMemory(max: 0);
        using var scan = Scan(origin, codec, numbers, encoding, hashesSource: true);
        scan.Add(stream, cancellationToken);
        var hash = scan.End();
        return (numbers.Seen, hash, scan.SourceHash!);
    }

    /// <summary>Splits the text in two.</summary>
    /// <param name="share">The share of the tokens in the second part, above 0 and at most 1.</param>
    /// <returns>The beginning, possibly empty, and the end, which has a token unless the text has none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range.</exception>
    public (MeasuredText Before, MeasuredText HeldOut) HoldOut(double share)
    {
        Shares.Require("The share to hold out", share, "1 holds out all of the text");
        var cut = Length - (int)Math.Ceiling(share * Length);
        return (Slice(0, cut), Slice(cut, Length - cut));
    }

    /// <summary>Returns a part of the text.</summary>
    /// <param name="start">The position of its first token.</param>
    /// <param name="length">The number of its tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The text ends before the last of them.</exception>
    public MeasuredText Slice(int start, int length) => new(_distinct, _numbers.Slice(start, length), _codec);

    /// <summary>The same text in another model's tokens.</summary>
    /// <param name="codec">The other model's codec.</param>
    /// <exception cref="ArgumentException">The other model reads texts in another way.</exception>
    public MeasuredText In(TextCodec codec)
    {
        // It is normalized already, and a part of a text would lose more at its ends.
        var other = OfTokens(
            IsRaw(codec)
                ? Content.ToArray().Select(ByteTokenizer.TokenOf)
                : codec.Tokenizer.Tokenize(Encoding.UTF8.GetString(Content.Span)),
            codec
        );
        return codec.Normalizer == _codec.Normalizer && other.Content.Span.SequenceEqual(Content.Span)
            ? other
            : throw new ArgumentException(
                "The two models do not read the same characters of this text; compare models that were trained with "
                    + "the same normalization and line ends.",
                nameof(codec)
            );
    }

    /// <summary>Parts the text in two.</summary>
    /// <param name="part">
    /// Of its tokens' numbers, and that of a line end, which is null where there is none, makes those of two texts.
    /// </param>
    public (MeasuredText First, MeasuredText Second) Part(
        Func<ReadOnlyMemory<int>, int?, (int[] First, int[] Second)> part
    )
    {
        var token = _codec.LineEnd is { } known ? _codec.Vocabulary[known] : null;
        var numbers = Enumerable.Range(0, _distinct.Count).Cast<int?>();
        var lineEnd = numbers.FirstOrDefault(number => _distinct[number!.Value] == token);
        var (first, second) = part(_numbers, lineEnd);
        return (new(_distinct, first, _codec), new(_distinct, second, _codec));
    }

    /// <summary>The way in which a model's codec reads a text.</summary>
    /// <param name="codec">The codec.</param>
    /// <param name="encoding">The encoding of bytes without a byte order mark; null for UTF-8.</param>
    public static CorpusOptions OptionsOf(TextCodec codec, Encoding? encoding) =>
        new()
        {
            Normalization = codec.Normalizer.Normalization,
            LineJoin = codec.Normalizer.LineJoin,
            LineEnds = codec.Normalizer.LineEnds,
            Tokenizer = codec.Tokenizer,
            Encoding = encoding,
        };

    private static TextScan Scan(
        string origin,
        TextCodec codec,
        NumberSink numbers,
        Encoding? encoding = null,
        bool hashesSource = false
    )
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(codec);
        return new(origin, OptionsOf(codec, encoding), numbers, hashesSource);
    }

    private static bool IsRaw(TextCodec codec) =>
        codec.Tokenizer == Tokenizer.Bytes && codec.Normalizer.Normalization == Normalization.None;

    private IEnumerable<string> Strings()
    {
        for (var i = 0; i < _numbers.Length; i++)
        {
            yield return _distinct[_numbers.Span[i]];
        }
    }
}
