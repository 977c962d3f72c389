namespace Recurrent.Cli.Tests.Support;

/// <summary>A small terminal: it obeys what the live view sends, breaks lines at its edge, and scrolls.</summary>
internal sealed class Screen(int width, int height)
{
    private readonly List<char[]> _rows = [Blank(width)]; // all rows ever, the last of them on the screen
    private int _row;
    private int _column;

    /// <summary>The rows from the first ever to the last that holds anything, without blanks at their ends.</summary>
    public string[] Rows =>
        [.. _rows.Select(row => new string(row).TrimEnd()).Reverse().SkipWhile(row => row.Length == 0).Reverse()];

    /// <summary>The colours and styles that were set.</summary>
    public List<string> Styles { get; } = [];

    public static Screen Show(string text, int width, int height)
    {
        var screen = new Screen(width, height);
        screen.Write(text);
        return screen;
    }

    private static char[] Blank(int width) => [.. Enumerable.Repeat(' ', width)];

    private void Write(string text)
    {
        for (var place = 0; place < text.Length; place++)
        {
            switch (text[place])
            {
                case '\e':
                    place = Obey(text, place + 2);
                    break;
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    NextRow();
                    break;
                default:
                    Put(text[place]);
                    break;
            }
        }
    }

    private int Obey(string text, int start)
    {
        var end = start;
        while (!char.IsAsciiLetter(text[end]))
        {
            end++;
        }
        var argument = text[start..end];
        switch (text[end])
        {
            case 'A':
                _row = Math.Max(_row - int.Parse(argument), Math.Max(_rows.Count - height, 0));
                break;
            case 'J':
                Assert.Equal((0, ""), (_column, argument));
                _rows.RemoveRange(_row, _rows.Count - _row);
                _rows.Add(Blank(width));
                break;
            case 'm':
                Styles.Add(argument);
                break;
            default:
                Assert.Fail($"The view uses no sequence ESC [ {argument} {text[end]}.");
                break;
        }
        return end;
    }

    private void Put(char character)
    {
        if (_column == width)
        {
            NextRow();
        }
        _rows[_row][_column++] = character;
    }

    private void NextRow()
    {
        (_row, _column) = (_row + 1, 0);
        if (_row == _rows.Count)
        {
            _rows.Add(Blank(width));
        }
    }
}
