namespace Recurrent.Text;

/// <summary>The tokenizer <see cref="Tokenizer.Words"/>.</summary>
internal sealed class WordTokenizer : Tokenizer
{
    private const string ImpliedSpace = " ";

    public WordTokenizer()
        : base("words") { }

    public override IEnumerable<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Iterate(text, continued: false);
    }

    public override IEnumerable<string> TokenizePrompt(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return Iterate(prompt, continued: true);
    }

    internal override TokenJoiner CreateJoiner() => new Joiner();

    internal override int BytesOf(string token) => base.BytesOf(token) + 1;

    internal override TextSink CreateSplitter(DistinctTokens distinct, NumberSink numbers) =>
        new WordSplitter(distinct, numbers);

    private static IEnumerable<string> Iterate(string text, bool continued)
    {
        for (var start = 0; start < text.Length; )
        {
            // All white space is in the basic multilingual plane, so single UTF-16 units decide.
            var end = start + 1;
            while (end < text.Length && char.IsWhiteSpace(text[end]) == char.IsWhiteSpace(text[start]))
            {
                end++;
            }
            var run = text[start..end];
            var followsWord = start > 0;
            var precedesWord = end < text.Length || continued;
            if (run != ImpliedSpace || !followsWord || !precedesWord)
            {
                yield return run;
            }
            start = end;
        }
    }

    private sealed class Joiner : TokenJoiner
    {
        private bool _followsWord;

        public override string Append(string token)
        {
            ArgumentNullException.ThrowIfNull(token);
            var isWord = token.Length > 0 && !char.IsWhiteSpace(token[0]);
            var piece = isWord && _followsWord ? ImpliedSpace + token : token;
            _followsWord = isWord;
            return piece;
        }

        public override string Flush()
        {
            _followsWord = false;
            return string.Empty;
        }
    }
}
