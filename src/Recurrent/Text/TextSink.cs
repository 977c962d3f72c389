namespace Recurrent.Text;

/// <summary>Takes a text in parts of any size, as a stream gives them; where they are cut makes no difference.</summary>
internal abstract class TextSink
{
    /// <summary>Takes the next part.</summary>
    public abstract void Add(ReadOnlySpan<char> text);

    /// <summary>Ends a segment, across whose end no tokenizer looks; every text ends with one.</summary>
    public abstract void EndSegment();
}
