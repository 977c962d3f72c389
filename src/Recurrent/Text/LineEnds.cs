using System.Text;

namespace Recurrent.Text;

/// <summary>What is read at the end of a line.</summary>
public enum LineEnds
{
    /// <summary>One LF, whether the text has CR, LF or CRLF there, so that every system has the same text.</summary>
    Lf,

    /// <summary>What the text has.</summary>
    Keep,
}

/// <summary>
/// A step of reading that unifies the ends of lines, and hashes the text that comes out of it as UTF-8.
/// </summary>
/// <param name="lineEnds">What is read at the end of a line.</param>
/// <param name="hash">The hash to be computed.</param>
/// <param name="next">The step that takes the result.</param>
internal sealed class LineEndSink(LineEnds lineEnds, ContentHash hash, NormalizingSink next) : TextSink
{
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder(); // keeps the first half of a pair
    private readonly char[] _characters = new char[4096];
    private readonly byte[] _bytes = new byte[4096 * 3];
    private int _count; // characters that have not been passed on yet
    private bool _followsReturn;

    /// <summary>Whether a line end has been changed.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>A text with its line ends unified.</summary>
    public static string Unify(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    public override void Add(ReadOnlySpan<char> text)
    {
        if (lineEnds == LineEnds.Keep)
        {
            Put(text);
            return;
        }
        while (!text.IsEmpty)
        {
            if (_followsReturn && text[0] == '\n')
            {
                text = text[1..];
            }
            var end = text.IndexOf('\r');
            _followsReturn = end >= 0;
            Put(end < 0 ? text : text[..end]);
            if (_followsReturn)
            {
                HasChanged = true;
                Put("\n");
            }
            text = end < 0 ? [] : text[(end + 1)..];
        }
    }

    public override void EndSegment()
    {
        PassOn(flush: true);
        next.End();
    }

    private void Put(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var some = text[..Math.Min(text.Length, _characters.Length - _count)];
            some.CopyTo(_characters.AsSpan(_count));
            _count += some.Length;
            text = text[some.Length..];
            if (_count == _characters.Length)
            {
                PassOn(flush: false);
            }
        }
    }

    private void PassOn(bool flush)
    {
        var characters = _characters.AsSpan(0, _count);
        hash.Append(_bytes.AsSpan(0, _encoder.GetBytes(characters, _bytes, flush)));
        next.Add(characters);
        _count = 0;
    }
}
