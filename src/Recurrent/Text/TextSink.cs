namespace Recurrent.Text;

/// <summary>
/// A step of reading that takes a text in parts of any size, as a stream gives them; the sizes make no difference.
/// </summary>
internal abstract class TextSink
{
    /// <summary>Adds the next part.</summary>
    public abstract void Add(ReadOnlySpan<char> text);

    /// <summary>
    /// Ends a segment. Segments are tokenized separately, and every text ends with the end of a segment.
    /// </summary>
    public abstract void EndSegment();
}
