using System.Text;
using Recurrent.Text;

namespace Recurrent.Text;

/// <summary>
/// Splits text into tokens and joins tokens to text again. Splitting loses nothing: for every well-formed
/// Unicode string s, Join(Tokenize(s)) is s. Unpaired surrogates, which are not text, may come back as
/// U+FFFD.
/// </summary>
public abstract class Tokenizer
{
    private protected Tokenizer(string name) => Name = name;

    /// <summary>
    /// A token for each Unicode scalar value (code point); "é" written with a combining accent is two.
    /// </summary>
    public static Tokenizer Characters { get; } = new CharacterTokenizer();

    /// <summary>
    /// A token for each word, a maximal run of characters other than white space. One space between two words
    /// goes without saying; any other white space is a token of its own.
    /// </summary>
    public static Tokenizer Words { get; } = new WordTokenizer();

    /// <summary>A token for each byte of the text's UTF-8 form, written <c>&lt;0x41&gt;</c>.</summary>
    public static Tokenizer Bytes { get; } = new ByteTokenizer();

    /// <summary>
    /// The name that <see cref="FromName"/> knows this tokenizer by: characters, words or bytes.
    /// </summary>
    public string Name { get; }

    /// <summary>Finds a tokenizer by its <see cref="Name"/>.</summary>
    /// <param name="name">characters, words or bytes, in lower case.</param>
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

    /// <summary>Splits a text, lazily, from its beginning to its end.</summary>
    /// <param name="text">The text, possibly empty.</param>
    /// <returns>The tokens in order; none of them is empty.</returns>
    public abstract IEnumerable<string> Tokenize(string text);

    /// <summary>
    /// Splits the beginning of a text that is to be continued with further tokens. It differs from
    /// <see cref="Tokenize"/> for words only: there a single space at the end is left out, since joining puts
    /// it before the next word.
    /// </summary>
    /// <param name="prompt">The beginning, possibly empty.</param>
    public virtual IEnumerable<string> TokenizePrompt(string prompt) => Tokenize(prompt);

    /// <summary>Starts joining a sequence of tokens piece by piece, as a generator does.</summary>
    public abstract TokenJoiner CreateJoiner();

    /// <summary>
    /// Joins tokens to a text. A token this tokenizer would not make, such as <c>&lt;unk&gt;</c>, stands for
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
    /// Makes what splits a text into the tokens of <see cref="Tokenize"/> as the text comes, part by part, and numbers them.
    /// </summary>
    internal abstract TextSink CreateSplitter(DistinctTokens distinct, NumberSink numbers);

    /// <summary>Returns the <see cref="Name"/>.</summary>
    public override string ToString() => Name;
}
