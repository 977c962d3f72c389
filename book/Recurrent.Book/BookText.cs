using Recurrent.Text;

namespace Recurrent.Book;

/// <summary>A text that a chapter reads.</summary>
/// <param name="Content">All of it, as it stands in the file.</param>
public sealed record BookText(string Content)
{
    private const int PrefixLength = 12;
    private static readonly string[] s_prefixes = ["time traveller ", "the miller "];

    /// <summary>
    /// How it becomes tokens: as in the book, by Latin letters alone; where most letters are others, as in Chinese,
    /// with every character.
    /// </summary>
    public CorpusOptions Options => LatinLetters > AllLetters - LatinLetters ? CorpusOptions.Book : new CorpusOptions();

    /// <summary>What splits it into words; into characters where no spaces part words, as in Chinese.</summary>
    public Tokenizer Words => Options == CorpusOptions.Book ? Tokenizer.Words : Tokenizer.Characters;

    /// <summary>The number of characters that those options leave at least.</summary>
    public int Letters => Options == CorpusOptions.Book ? LatinLetters : Content.Length;

    /// <summary>Its first line that is not blank.</summary>
    public string Title => Content.Split('\n').Select(line => line.Trim()).First(line => line.Length > 0);

    /// <summary>
    /// What a model is asked to continue: "time traveller ", as in the book, where the text knows of one; for the story
    /// "the miller "; for any other text its first words.
    /// </summary>
    public string Prefix =>
        s_prefixes.FirstOrDefault(prefix => Content.Contains(prefix.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? Beginning();

    private int LatinLetters => Content.Count(char.IsAsciiLetter);

    private int AllLetters => Content.Count(char.IsLetter);

    private string Beginning()
    {
        var text = string.Concat(
            new Normalizer(Options.Normalization).Normalize(Content[..Math.Min(1000, Content.Length)])
        );
        var beginning = text.TrimStart()[..Math.Min(PrefixLength, text.TrimStart().Length)];
        return beginning.LastIndexOf(' ') is > 0 and var end ? beginning[..(end + 1)] : beginning;
    }
}
