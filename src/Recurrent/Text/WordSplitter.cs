namespace Recurrent.Text;

/// <summary>The splitter of <see cref="Tokenizer.Words"/>.</summary>
internal sealed class WordSplitter : TextSink
{
    private readonly DistinctTokens _distinct;
    private readonly NumberSink _numbers;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _numberOf;
    private char[] _run = new char[64]; // the beginning of a run that may go on
    private int _length; // of that beginning
    private bool _isWhite; // whether that run is of white space
    private bool _followsRun; // whether a run precedes it in the segment

    public WordSplitter(DistinctTokens distinct, NumberSink numbers)
    {
        (_distinct, _numbers) = (distinct, numbers);
        _numberOf = new Dictionary<string, int>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public override void Add(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (_length == 0)
            {
                _isWhite = char.IsWhiteSpace(text[0]);
            }
            var end = 0;
            while (end < text.Length && char.IsWhiteSpace(text[end]) == _isWhite)
            {
                end++;
            }
            Keep(text[..end]);
            if (end < text.Length)
            {
                EndRun(precedesRun: true);
            }
            text = text[end..];
        }
    }

    public override void EndSegment()
    {
        if (_length > 0)
        {
            EndRun(precedesRun: false);
        }
        _followsRun = false;
    }

    private void Keep(ReadOnlySpan<char> text)
    {
        if (_run.Length - _length < text.Length)
        {
            Array.Resize(ref _run, Math.Max(2 * _run.Length, _length + text.Length));
        }
        text.CopyTo(_run.AsSpan(_length));
        _length += text.Length;
    }

    private void EndRun(bool precedesRun)
    {
        var run = _run.AsSpan(0, _length);
        if (run is not " " || !_followsRun || !precedesRun)
        {
            AddToken(run);
        }
        (_length, _followsRun) = (0, true);
    }

    private void AddToken(ReadOnlySpan<char> token)
    {
        if (!_numberOf.TryGetValue(token, out var number))
        {
            number = _distinct.Add(token.ToString());
            _numberOf[token] = number;
        }
        _distinct.CountOne(number);
        _numbers.Add(number);
    }
}
