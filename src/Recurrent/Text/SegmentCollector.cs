using System.Text;

namespace Recurrent.Text;

/// <summary>The segments of a text, kept as strings.</summary>
internal sealed class SegmentCollector : TextSink
{
    private readonly StringBuilder _segment = new();

    /// <summary>The segments that have ended so far.</summary>
    public List<string> Segments { get; } = [];

    public override void Add(ReadOnlySpan<char> text) => _segment.Append(text);

    public override void EndSegment()
    {
        Segments.Add(_segment.ToString());
        _segment.Clear();
    }
}
