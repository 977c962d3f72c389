using System.Globalization;
using System.Text;
using Recurrent.Text;

namespace Recurrent.Text;

internal sealed class ByteTokenizer : Tokenizer
{
    private static readonly string[] Tokens =
    [
        .. Enumerable
            .Range(0, 256)
            .Select(value => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")),
    ];

    public ByteTokenizer()
        : base("bytes") { }

    public override IEnumerable<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encoding.UTF8.GetBytes(text).Select(TokenOf);
    }

    public override TokenJoiner CreateJoiner() => new Joiner();

    internal override TextSink CreateSplitter(DistinctTokens distinct, NumberSink numbers) =>
        new ByteSplitter(distinct, numbers);

    /// <summary>The token of a byte.</summary>
    public static string TokenOf(byte value) => Tokens[value];

    /// <summary>The bytes of tokens, which need not be UTF-8, nor text.</summary>
    public static byte[] ToBytes(IEnumerable<string> tokens) =>
        [
            .. tokens.Select(token =>
                TryParse(token, out var value)
                    ? value
                    : throw new ArgumentException($"{token} is no byte.", nameof(tokens))
            ),
        ];

    private static bool TryParse(string token, out byte value)
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
        // Keeps the bytes of an incomplete scalar value, and puts U+FFFD for what can become none.
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override string Append(string token)
        {
            ArgumentNullException.ThrowIfNull(token);
            return TryParse(token, out var value) ? Decode([value], flush: false) : Flush() + token;
        }

        public override string Flush() => Decode([], flush: true);

        private string Decode(ReadOnlySpan<byte> bytes, bool flush)
        {
            // At most a U+FFFD for what was kept and one UTF-16 unit or pair for the new byte.
            Span<char> characters = stackalloc char[4];
            var count = _decoder.GetChars(bytes, characters, flush);
            return count == 0 ? string.Empty : new string(characters[..count]);
        }
    }
}
