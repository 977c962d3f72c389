using System.Text;
using Recurrent.Text;

namespace Recurrent.Evaluation;

/// <summary>A text in a model's tokens, with the sizes that its bits are divided by.</summary>
public sealed class MeasuredText
{
    private readonly string[] _tokens; // (tokens)
    private readonly int[] _indexes; // (tokens)
    private readonly TextCodec _codec;

    private MeasuredText(string[] tokens, TextCodec codec, ReadOnlyMemory<byte>? raw)
    {
        (_tokens, _codec) = (tokens, codec);
        _indexes = codec.Vocabulary.Encode(tokens);
        Unknown = tokens.Count(token => !codec.Vocabulary.Contains(token));
        var text = codec.Tokenizer.Join(tokens);
        Characters = text.EnumerateRunes().Count();
        Content = raw ?? Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Token indices of shape (tokens); 0 for each that the vocabulary lacks.</summary>
    public ReadOnlyMemory<int> Tokens => _indexes;

    /// <summary>How many tokens the vocabulary lacks; a model does not say which they are, only that they are unknown.</summary>
    public int Unknown { get; }

    /// <summary>Unicode characters (scalar values) of the normalized text.</summary>
    public int Characters { get; }

    /// <summary>The normalized text in UTF-8, or the bytes as they were where any byte is a token.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; maybe empty.</param>
    /// <param name="codec">The model's codec.</param>
    public static MeasuredText FromText(string text, TextCodec codec)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(codec);
        return new([.. TextCodec.Split(text, codec.Normalizer, codec.Tokenizer)], codec, raw: null);
    }

    /// <summary>Encodes bytes; what they must be is said by <see cref="Corpus.FromBytes"/>.</summary>
    /// <param name="bytes">The text's bytes.</param>
    /// <param name="origin">What errors call them, such as a path.</param>
    /// <param name="codec">The model's codec.</param>
    /// <exception cref="TextFormatException">The bytes are empty, binary, or not UTF-8.</exception>
    public static MeasuredText FromBytes(ReadOnlyMemory<byte> bytes, string origin, TextCodec codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        if (IsRaw(codec))
        {
            return bytes.IsEmpty
                ? throw TextFormatException.Empty(origin)
                : new MeasuredText([.. ByteTokenizer.Tokenize(bytes)], codec, bytes);
        }
        return FromText(TextFile.Decode(bytes.Span, origin), codec);
    }

    /// <summary>Cuts the text in two.</summary>
    /// <param name="share">The share of the tokens in the second part, above 0 and at most 1.</param>
    /// <returns>The beginning, maybe empty, and the end, which has a token unless the text has none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is out of range.</exception>
    public (MeasuredText Before, MeasuredText HeldOut) HoldOut(double share)
    {
        if (share is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(share),
                $"The share to hold out is {share} and must be above 0 and at most 1; 1 holds out all of the text."
            );
        }
        var cut = _tokens.Length - (int)Math.Ceiling(share * _tokens.Length);
        return (Slice(0, cut), Slice(cut, _tokens.Length - cut));
    }

    /// <summary>Cuts a part out of the text.</summary>
    /// <param name="start">Its first token.</param>
    /// <param name="length">The number of its tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The text ends before.</exception>
    public MeasuredText Slice(int start, int length)
    {
        var content = IsRaw(_codec) ? Content.Slice(start, length) : (ReadOnlyMemory<byte>?)null;
        return new(_tokens.AsSpan(start, length).ToArray(), _codec, content);
    }

    private static bool IsRaw(TextCodec codec) =>
        codec.Tokenizer == Tokenizer.Bytes && codec.Normalizer.Normalization == Normalization.None;
}
