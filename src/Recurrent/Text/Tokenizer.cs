using System.Text;

namespace Recurrent.Text;

/// <summary>
/// A way of splitting text into tokens and of joining tokens to text again. Splitting loses nothing: for every
/// well-formed Unicode string s, Join(Tokenize(s)) is s. Unpaired surrogates, which are not text, may come back as
/// U+FFFD.
/// </summary>
/// <example>
/// <code>
/// Console.WriteLine(string.Join('|', Tokenizer.Words.Tokenize("Well, well."))); // Well,|well.
/// </code>
/// </example>
public abstract class Tokenizer
{
    private protected Tokenizer(string name) => Name = name;

    /// <summary>
    /// One token for each Unicode scalar value (code point); "é" written with a combining accent is two tokens.
    /// </summary>
    public static Tokenizer Characters { get; } = new CharacterTokenizer();

    /// <summary>
    /// One token for each word, a maximal run of characters other than white space. A single space between two words is
    /// implied; any other run of white space is a token of its own.
    /// </summary>
    public static Tokenizer Words { get; } = new WordTokenizer();

    /// <summary>One token for each byte of the text's UTF-8 form, written <c>&lt;0x41&gt;</c>.</summary>
    public static Tokenizer Bytes { get; } = new ByteTokenizer();

    /// <summary>
    /// The name by which <see cref="FromName"/> knows this tokenizer: characters, words or bytes.
    /// </summary>
    public string Name { get; }

    /// <summary>Finds a tokenizer by its <see cref="Name"/>.</summary>
    /// <param name="name">The name: characters, words or bytes, in lower case.</param>
    /// <exception cref="ArgumentException">There is no tokenizer of that name.</exception>
    public static Tokenizer FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Tokenizer[] tokenizers = [Characters, Words, Bytes];
        return Array.Find(tokenizers, tokenizer => tokenizer.Name == name)
            ?? throw new ArgumentException(
                $"There is no tokenizer \"{name}\"; choose characters, words or bytes.",
                nameof(name)
            );
    }

    /// <summary>Splits a text lazily, from its beginning to its end.</summary>
    /// <param name="text">The text, possibly empty.</param>
    /// <returns>The tokens in order; none of them is empty.</returns>
    public abstract IEnumerable<string> Tokenize(string text);

    /// <summary>
    /// Splits a prompt, the beginning of a text that further tokens will continue. It differs from
    /// <see cref="Tokenize"/> only for words: there a single space at the end is left out, because joining puts it
    /// before the next word.
    /// </summary>
    /// <param name="prompt">The prompt, possibly empty.</param>
    public virtual IEnumerable<string> TokenizePrompt(string prompt) => Tokenize(prompt);

    /// <summary>Whether a token is one that splitting makes of some text.</summary>
    internal virtual bool Makes(string token) => Tokenize(token).Take(2).SequenceEqual([token]);

    /// <summary>Starts joining a sequence of tokens piece by piece, as a generator does.</summary>
    internal abstract TokenJoiner CreateJoiner();

    /// <summary>
    /// Joins tokens to a text. A token that this tokenizer would not produce, such as <c>&lt;unk&gt;</c>, stands for
    /// itself; bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    /// <param name="tokens">The tokens in order.</param>
    public string Join(IEnumerable<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var joiner = CreateJoiner();
        var text = new StringBuilder();
        foreach (var token in tokens)
        {
            text.Append(joiner.Append(token));
        }
        return text.Append(joiner.Flush()).ToString();
    }

    /// <summary>
    /// The bytes that spell a token out, so that a text with it could be restored: those of its UTF-8 form, and for a
    /// word one more, for its end.
    /// </summary>
    internal virtual int BytesOf(string token) => Encoding.UTF8.GetByteCount(token);

    /// <summary>
    /// Creates a splitter that turns a text, part by part as it comes, into the tokens of <see cref="Tokenize"/> and
    /// numbers them.
    /// </summary>
    internal abstract TextSink CreateSplitter(DistinctTokens distinct, NumberSink numbers);

    /// <summary>Returns the <see cref="Name"/>.</summary>
    public override string ToString() => Name;
}
