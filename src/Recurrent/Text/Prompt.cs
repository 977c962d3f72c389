namespace Recurrent.Text;

/// <summary>The beginning of a text that a model is to continue, as tokens.</summary>
/// <param name="tokens">Token indexes, of shape (number of tokens), possibly none.</param>
/// <example>
/// <code>
/// var prompt = new Prompt(trained.Codec.Encode("the ")); // of tokens; EncodePrompt makes one of text
/// </code>
/// </example>
public sealed class Prompt(ReadOnlyMemory<int> tokens)
{
    /// <summary>
    /// The token indexes, of shape (number of tokens); unknown ones are <see cref="Vocabulary.UnknownIndex"/>.
    /// </summary>
    public ReadOnlyMemory<int> Tokens { get; } = tokens;

    /// <summary>
    /// The tokens outside the vocabulary, each once, in the order of their first appearance; none where the prompt was
    /// given as tokens.
    /// </summary>
    public IReadOnlyList<string> Unknown { get; internal init; } = [];

    /// <summary>Whether the text ends with a space that is not a token, because the next word brings it.</summary>
    public bool ImpliesSpace { get; init; }
}
