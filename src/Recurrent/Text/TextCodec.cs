namespace Recurrent.Text;

/// <summary>
/// Translation between text and the token indices of one model: a normalizer, a tokenizer and a vocabulary that
/// belong together. A model is useless without the codec it was trained with.
/// </summary>
/// <param name="normalizer">The treatment of a text before it is split.</param>
/// <param name="tokenizer">The way a normalized text is split.</param>
/// <param name="vocabulary">The index of each token.</param>
/// <example>
/// <code>
/// var tokens = trained.Codec.Encode("the miller");
/// Console.WriteLine(trained.Codec.Decode(tokens)); // the miller
/// </code>
/// </example>
public sealed class TextCodec(Normalizer normalizer, Tokenizer tokenizer, Vocabulary vocabulary)
{
    private static readonly string[] s_lineEnds = ["\n", ByteTokenizer.TokenOf((byte)'\n')]; // of text, of bytes

    /// <summary>The treatment of a text before it is split.</summary>
    public Normalizer Normalizer { get; } = normalizer ?? throw new ArgumentNullException(nameof(normalizer));

    /// <summary>The way a normalized text is split.</summary>
    public Tokenizer Tokenizer { get; } = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));

    /// <summary>The index of each token.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary ?? throw new ArgumentNullException(nameof(vocabulary));

    /// <summary>
    /// The first token of the training text; null where it is not known. A model that knows nothing that texts follow
    /// begins with it.
    /// </summary>
    internal int? FirstToken { get; init; }

    /// <summary>
    /// The token that a text follows and that is not a part of it, as far as the training text had one: a mark of the
    /// beginning, or a line end; or a space where it is not known how the training text began. Otherwise null.
    /// </summary>
    internal int? TokenBefore
    {
        get
        {
            string[] marks = [Vocabulary.BeginningToken, .. s_lineEnds];
            var known = Array.Find(FirstToken is null ? [.. marks, " "] : marks, Occurred);
            return known is null ? null : Vocabulary[known];
        }
    }

    /// <summary>
    /// The token that a text begins with where there is none that it follows: the training text's first, or its
    /// commonest where that is not known.
    /// </summary>
    internal int Opening =>
        FirstToken
        ?? Enumerable
            .Range(0, Vocabulary.Count)
            .MaxBy(index => Vocabulary.Occurred(index) ? Vocabulary.Frequencies[index] : -1);

    /// <summary>The token that ends a line; null where the vocabulary has none.</summary>
    internal int? LineEnd => Array.Find(s_lineEnds, Vocabulary.Contains) is { } known ? Vocabulary[known] : null;

    /// <summary>The token that a text to be measured follows: <see cref="TokenBefore"/>, or else a space.</summary>
    internal int TokenBeforeMeasured => TokenBefore ?? Vocabulary[" "];

    /// <summary>
    /// Turns a text into token indices; a token outside the vocabulary becomes
    /// <see cref="Vocabulary.UnknownIndex"/>.
    /// </summary>
    /// <param name="text">The text, possibly empty.</param>
    /// <returns>The indices, of shape (number of tokens).</returns>
    public int[] Encode(string text) => Vocabulary.Encode(Split(text, Normalizer, Tokenizer));

    /// <summary>Turns token indices into the text they stand for.</summary>
    /// <param name="tokens">
    /// Indices from 0 to the vocabulary's count - 1, of shape (number of tokens).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public string Decode(ReadOnlySpan<int> tokens) => Tokenizer.Join(Vocabulary.Decode(tokens.ToArray()));

    /// <summary>
    /// Turns a prompt, the beginning of a text for a model to continue, into token indices, by the rules of
    /// <see cref="Normalizer.NormalizePrompt"/> and <see cref="Tokenizer.TokenizePrompt"/>.
    /// </summary>
    /// <param name="prompt">The prompt, possibly empty.</param>
    /// <example>
    /// <code>
    /// var prompt = trained.Codec.EncodePrompt("the naïve miller");
    /// Console.WriteLine($"The model has never seen {string.Join(' ', prompt.Unknown)}"); // ï
    /// </code>
    /// </example>
    public Prompt EncodePrompt(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        string[] tokens = [.. Tokenizer.TokenizePrompt(Normalizer.NormalizePrompt(prompt))];
        var indices = Vocabulary.Encode(tokens);
        return new Prompt(indices)
        {
            Unknown = [.. tokens.Where(token => !Vocabulary.Contains(token)).Distinct(StringComparer.Ordinal)],
            // Between words a space goes without saying, so one at the end is not a token: the next word brings it.
            ImpliesSpace = prompt.EndsWith(' ') && !Decode(indices).EndsWith(' '),
        };
    }

    private bool Occurred(string token) => Vocabulary.Occurred(Vocabulary[token]);

    /// <summary>
    /// Normalizes a text and splits it into tokens; for use before the vocabulary is known.
    /// </summary>
    internal static IEnumerable<string> Split(string text, Normalizer normalizer, Tokenizer tokenizer) =>
        Separating(normalizer, tokenizer).Normalize(text).SelectMany(tokenizer.Tokenize);

    /// <summary>Returns the normalizer that makes the segments for a tokenizer.</summary>
    internal static Normalizer Separating(Normalizer normalizer, Tokenizer tokenizer) =>
        // Words end where their line ends, however lines are joined. If lines were joined by spaces, the space at the
        // end of the text would be one more word.
        tokenizer == Tokenizer.Words
            ? normalizer with
            {
                LineJoin = LineJoin.Nothing,
            }
            : normalizer;
}
