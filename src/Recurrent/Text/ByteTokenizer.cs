using System.Globalization;
using System.Text;

namespace Recurrent.Text;

/// <summary>The tokenizer <see cref="Tokenizer.Bytes"/>.</summary>
internal sealed class ByteTokenizer : Tokenizer
{
    private static readonly string[] Tokens =
    [
        .. Enumerable.Range(0, 256).Select(value => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")),
    ];

    public ByteTokenizer()
        : base("bytes") { }

    public override IEnumerable<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(text).Select(TokenOf);
    }

    internal override bool Makes(string token) => TryParse(token, out _);

    internal override TokenJoiner CreateJoiner() => new Joiner();

    internal override int BytesOf(string token) => 1;

    internal override TextSink CreateSplitter(DistinctTokens distinct, NumberSink numbers) =>
        new ByteSplitter(distinct, numbers);

    /// <summary>Returns the token of a byte.</summary>
    public static string TokenOf(byte value) => Tokens[value];

    /// <summary>Returns the bytes of tokens, which need not be UTF-8, nor text.</summary>
    public static byte[] ToBytes(IEnumerable<string> tokens) =>
        [
            .. tokens.Select(token =>
                TryParse(token, out var value)
                    ? value
                    : throw new ArgumentException(
                        $"\"{token}\" is not the token of a byte; give tokens from <0x00> to " + "<0xFF>.",
                        nameof(tokens)
                    )
            ),
        ];

    internal static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == Tokens[0].Length
            && byte.TryParse(
                token.AsSpan(3, 2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out value
            )
            && token == Tokens[value];
    }

    private sealed class Joiner : TokenJoiner
    {
        // Keeps the bytes of an incomplete scalar value, and replaces bytes that cannot become one by U+FFFD.
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override string Append(string token)
        {
            ArgumentNullException.ThrowIfNull(token);
            return TryParse(token, out var value) ? Decode([value], flush: false) : Flush() + token;
        }

        public override string Flush() => Decode([], flush: true);

        private string Decode(ReadOnlySpan<byte> bytes, bool flush)
        {
            // At most a U+FFFD for the bytes that were kept, and one UTF-16 unit or pair for the new byte.
            Span<char> characters = stackalloc char[4];
            var count = _decoder.GetChars(bytes, characters, flush);
            return count == 0 ? string.Empty : new string(characters[..count]);
        }
    }
}
