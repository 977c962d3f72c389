namespace Recurrent.Text;

/// <summary>The tokenizer <see cref="Tokenizer.Characters"/>.</summary>
internal sealed class CharacterTokenizer : Tokenizer
{
    // Most tokens of most texts: a book has hundreds of thousands of them, which can share 128 strings.
    private static readonly string[] AsciiTokens =
    [
        .. Enumerable.Range(0, 128).Select(code => ((char)code).ToString()),
    ];

    public CharacterTokenizer()
        : base("characters") { }

    public override IEnumerable<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Iterate(text);
    }

    internal override TokenJoiner CreateJoiner() => new Joiner();

    internal override TextSink CreateSplitter(DistinctTokens distinct, NumberSink numbers) =>
        new CharacterSplitter(distinct, numbers);

    private static IEnumerable<string> Iterate(string text)
    {
        foreach (var scalar in text.EnumerateRunes())
        {
            yield return scalar.IsAscii ? AsciiTokens[scalar.Value] : scalar.ToString();
        }
    }

    private sealed class Joiner : TokenJoiner
    {
        public override string Append(string token)
        {
            ArgumentNullException.ThrowIfNull(token);
            return token;
        }

        public override string Flush() => string.Empty;
    }
}
