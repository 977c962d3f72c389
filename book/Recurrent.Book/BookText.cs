namespace Recurrent.Book;

/// <summary>A text that a chapter reads.</summary>
/// <param name="Content">All of it, as it stands in the file.</param>
public sealed record BookText(string Content)
{
    /// <summary>Its first line that is not blank.</summary>
    public string Title => Content.Split('\n').Select(line => line.Trim()).First(line => line.Length > 0);

    /// <summary>
    /// What a model is asked to continue: "time traveller ", as in the book, where the text knows of one; for the story
    /// "the miller ".
    /// </summary>
    public string Prefix =>
        Content.Contains("time traveller", StringComparison.OrdinalIgnoreCase) ? "time traveller " : "the miller ";
}
