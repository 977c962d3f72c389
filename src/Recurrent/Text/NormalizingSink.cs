namespace Recurrent.Text;

/// <summary>A step of reading that normalizes a text part by part and passes it on.</summary>
/// <param name="normalizer">The treatment of the text.</param>
/// <param name="next">The step that takes the result, in segments.</param>
internal sealed class NormalizingSink(Normalizer normalizer, TextSink next)
{
    private readonly char[] _output = new char[4096];
    private int _count; // characters of the output that have not been passed on yet
    private bool _isInLine; // whether this line had a letter
    private bool _isInSegment; // whether the segment had a character
    private bool _gap; // whether other characters have come since the last letter

    /// <summary>Adds the next part of the text.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        if (normalizer.Normalization == Normalization.None)
        {
            _isInSegment |= !text.IsEmpty;
            next.Add(text);
            return;
        }
        foreach (var character in text)
        {
            if (char.IsAsciiLetter(character))
            {
                if (_gap && _isInLine)
                {
                    Put(' ');
                }
                Put((char)(character | 0x20)); // in lower case
                (_isInLine, _gap) = (true, false);
                continue;
            }
            _gap = true;
            if (character is '\n' or '\r' && _isInLine)
            {
                _isInLine = false;
                if (normalizer.LineJoin == LineJoin.Space)
                {
                    Put(' ');
                }
                else
                {
                    EndSegment();
                }
            }
        }
    }

    /// <summary>Ends the text.</summary>
    public void End()
    {
        if (_isInSegment)
        {
            EndSegment();
        }
    }

    private void Put(char character)
    {
        _isInSegment = true;
        _output[_count++] = character;
        if (_count == _output.Length)
        {
            PassOn();
        }
    }

    private void EndSegment()
    {
        PassOn();
        next.EndSegment();
        _isInSegment = false;
    }

    private void PassOn()
    {
        next.Add(_output.AsSpan(0, _count));
        _count = 0;
    }
}
