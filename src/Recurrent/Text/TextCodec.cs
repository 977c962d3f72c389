namespace Recurrent.Text;

/// <summary>
/// Turns text into the token indexes of one model and back: a normalizer, a tokenizer and a vocabulary that
/// belong together. A model is of no use without the codec it was trained with.
/// </summary>
/// <param name="normalizer">What is done to a text first.</param>
/// <param name="tokenizer">How it is split then.</param>
/// <param name="vocabulary">Which index each token has.</param>
public sealed class TextCodec(Normalizer normalizer, Tokenizer tokenizer, Vocabulary vocabulary)
{
    /// <summary>What is done to a text first.</summary>
    public Normalizer Normalizer { get; } = normalizer ?? throw new ArgumentNullException(nameof(normalizer));

    /// <summary>How a normalized text is split.</summary>
    public Tokenizer Tokenizer { get; } = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));

    /// <summary>Which index each token has.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary ?? throw new ArgumentNullException(nameof(vocabulary));

    /// <summary>
    /// Turns a text into token indexes; a token outside the vocabulary becomes
    /// <see cref="Vocabulary.UnknownIndex"/>.
    /// </summary>
    /// <param name="text">The text, possibly empty.</param>
    /// <returns>The indexes, of shape (number of tokens).</returns>
    public int[] Encode(string text) => Vocabulary.Encode(Split(text, Normalizer, Tokenizer));

    /// <summary>Turns token indexes into the text they stand for.</summary>
    /// <param name="tokens">
    /// Indexes from 0 to the vocabulary's count - 1, of shape (number of tokens).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public string Decode(ReadOnlySpan<int> tokens) => Tokenizer.Join(Vocabulary.Decode(tokens.ToArray()));

    /// <summary>
    /// Turns the beginning of a text that a model is to continue into token indexes, by the rules of
    /// <see cref="Normalizer.NormalizePrompt"/> and <see cref="Tokenizer.TokenizePrompt"/>.
    /// </summary>
    /// <param name="prefix">The beginning, possibly empty.</param>
    public Prompt EncodePrompt(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string[] tokens = [.. Tokenizer.TokenizePrompt(Normalizer.NormalizePrompt(prefix))];
        var indexes = Vocabulary.Encode(tokens);
        return new Prompt(indexes)
        {
            Unknown = [.. tokens.Where(token => !Vocabulary.Contains(token)).Distinct(StringComparer.Ordinal)],
            // Between words a space goes without saying, so the one that ends a prefix is no token: the next word brings it.
            ImpliesSpace = prefix.EndsWith(' ') && !Decode(indexes).EndsWith(' '),
        };
    }

    /// <summary>
    /// Normalizes a text and splits it into tokens, for a codec whose vocabulary is not known yet.
    /// </summary>
    internal static IEnumerable<string> Split(string text, Normalizer normalizer, Tokenizer tokenizer) =>
        Separating(normalizer, tokenizer).Normalize(text).SelectMany(tokenizer.Tokenize);

    /// <summary>The normalizer whose segments a tokenizer is to split.</summary>
    internal static Normalizer Separating(Normalizer normalizer, Tokenizer tokenizer) =>
        // Words end where their line ends, however lines are joined. Joined by spaces, the space that ends
        // the text would be one more word.
        tokenizer == Tokenizer.Words
            ? normalizer with
            {
                LineJoin = LineJoin.Nothing,
            }
            : normalizer;
}
