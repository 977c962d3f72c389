using System.Text;
using Recurrent.Text;

namespace Recurrent.Compression;

/// <summary>
/// A vocabulary seen as bytes, and the way in which bytes that it lacks are spelled out after its unknown token.
/// </summary>
/// <remarks>
/// A text is made of symbols: for words and characters a symbol is a Unicode character in UTF-8, or a byte that is not
/// part of one; for bytes it is a byte. A symbol is spelled by its own bytes, and one that is not UTF-8 by
/// <see cref="RawMark"/> and the byte, which is never in UTF-8, nor is <see cref="EndMark"/>.
/// </remarks>
internal sealed class TokenBytes
{
    /// <summary>The end of a word that is spelled out; instead of a symbol, the end of the text.</summary>
    public const byte EndMark = 0xFE;

    /// <summary>What comes before a byte that is not UTF-8, or that a mark has.</summary>
    public const byte RawMark = 0xFF;

    /// <summary>The most bytes that spell a symbol.</summary>
    public const int MaxSymbol = 4;

    private readonly byte[]?[] _bytes; // (vocabulary); null for a token that no text is split into
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _tokens; // a character for each byte
    private readonly bool _ofBytes;

    /// <summary>Looks the tokens through.</summary>
    /// <param name="codec">The model's codec.</param>
    public TokenBytes(TextCodec codec)
    {
        _ofBytes = codec.Tokenizer == Tokenizer.Bytes;
        OfWords = codec.Tokenizer == Tokenizer.Words;
        _bytes = new byte[codec.Vocabulary.Count][];
        var tokens = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var token = 0; token < _bytes.Length; token++)
        {
            var text = codec.Vocabulary[token];
            if (token != Vocabulary.UnknownIndex && codec.Tokenizer.Makes(text))
            {
                var bytes = _bytes[token] = _ofBytes ? ByteTokenizer.ToBytes([text]) : Encoding.UTF8.GetBytes(text);
                tokens.Add(Encoding.Latin1.GetString(bytes), token);
                Longest = Math.Max(Longest, bytes.Length);
            }
        }
        _tokens = tokens.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Whether tokens are words, between which a space goes without saying.</summary>
    public bool OfWords { get; }

    /// <summary>The length of the longest token in bytes.</summary>
    public int Longest { get; }

    /// <summary>The bytes of a token; none for one that no text is split into.</summary>
    public ReadOnlySpan<byte> this[int token] => _bytes[token];

    /// <summary>The token of some spelled bytes, or the unknown token.</summary>
    /// <param name="spelled">At most <see cref="Longest"/> bytes.</param>
    public int Find(ReadOnlySpan<byte> spelled)
    {
        Span<char> key = spelled.Length <= 256 ? stackalloc char[256] : new char[spelled.Length];
        var length = Encoding.Latin1.GetChars(spelled, key);
        return _tokens.TryGetValue(key[..length], out var token) ? token : Vocabulary.UnknownIndex;
    }

    /// <summary>Takes the first symbol of a text.</summary>
    /// <param name="text">At least one byte; at least <see cref="MaxSymbol"/> where the text has as many.</param>
    /// <param name="spelled">The bytes that spell it (<see cref="MaxSymbol"/>).</param>
    /// <returns>The bytes of text that it is, those that spell it, and whether it is white space.</returns>
    public (int Read, int Spelled, bool IsWhite) FirstSymbol(ReadOnlySpan<byte> text, Span<byte> spelled)
    {
        var read = 1;
        var isPlain = text[0] < EndMark;
        var rune = default(Rune);
        if (!_ofBytes)
        {
            isPlain = Rune.DecodeFromUtf8(text, out rune, out var length) == System.Buffers.OperationStatus.Done;
            read = isPlain ? length : 1;
        }
        if (isPlain)
        {
            text[..read].CopyTo(spelled);
            return (read, read, Rune.IsWhiteSpace(rune));
        }
        (spelled[0], spelled[1]) = (RawMark, text[0]);
        return (1, 2, false);
    }

    /// <summary>The number of bytes that spell a symbol, given the first of them.</summary>
    public int SpelledLength(byte first) =>
        first switch
        {
            RawMark => 2,
            _ when _ofBytes => 1,
            < 0x80 => 1,
            < 0xE0 => 2,
            < 0xF0 => 3,
            _ => MaxSymbol,
        };

    /// <summary>The bytes of text that a spelled symbol is.</summary>
    public static ReadOnlySpan<byte> Unspell(ReadOnlySpan<byte> spelled) =>
        spelled[0] == RawMark ? spelled[1..] : spelled;

    /// <summary>Whether the text of a word, or of a symbol, begins with white space.</summary>
    public static bool IsWhite(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out var rune, out _) == System.Buffers.OperationStatus.Done
        && Rune.IsWhiteSpace(rune);
}
