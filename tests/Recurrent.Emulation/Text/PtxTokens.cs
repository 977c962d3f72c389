using System.Globalization;
using System.Text.RegularExpressions;

namespace Recurrent.Emulation.Text;

/// <summary>The words and signs of a text, one after another.</summary>
internal sealed partial class PtxTokens
{
    private const int Timeout = 60_000; // ms

    private readonly List<(string Text, int Line)> _tokens = [];
    private int _at;

    /// <summary>Takes a text apart.</summary>
    /// <param name="name">What the program is, for messages.</param>
    /// <param name="text">The PTX.</param>
    public PtxTokens(string name, string text)
    {
        (Name, Lines) = (name, text.Split('\n'));
        for (var line = 0; line < Lines.Count; line++)
        {
            var code = Lines[line];
            var comment = code.IndexOf("//", StringComparison.Ordinal);
            foreach (var match in Token().EnumerateMatches(comment < 0 ? code : code[..comment]))
            {
                _tokens.Add((code.Substring(match.Index, match.Length), line + 1));
            }
        }
    }

    /// <summary>What the program is.</summary>
    public string Name { get; }

    /// <summary>The lines of the text.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The line of what was taken last.</summary>
    public int Line => _tokens[Math.Max(0, _at - 1)].Line;

    /// <summary>A failure at a line.</summary>
    public EmulationException Failure(int line, string message) =>
        new($"{Name}, line {line}: {message}: {Lines[line - 1].Trim()}");

    /// <summary>The failure that what comes next cannot stand here.</summary>
    public EmulationException Unexpected() =>
        _at < _tokens.Count
            ? Failure(_tokens[_at].Line, $"unexpected '{_tokens[_at].Text}'")
            : Failure(Lines.Count, "the text ends too early");

    /// <summary>What comes next, or after some others; "" at the end.</summary>
    public string Peek(int ahead = 0) => _at + ahead < _tokens.Count ? _tokens[_at + ahead].Text : "";

    /// <summary>Takes what comes next.</summary>
    public string Next() => _at < _tokens.Count ? _tokens[_at++].Text : throw Unexpected();

    /// <summary>Takes a token if it comes next.</summary>
    public bool Take(string token)
    {
        if (Peek() != token)
        {
            return false;
        }
        _at++;
        return true;
    }

    /// <summary>Takes a token that must come next.</summary>
    public void Expect(string token)
    {
        if (!Take(token))
        {
            throw Unexpected();
        }
    }

    /// <summary>Takes a number of 0 or more.</summary>
    public int Count()
    {
        if (!int.TryParse(Peek(), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            throw Unexpected();
        }
        _at++;
        return value;
    }

    /// <summary>Takes a name.</summary>
    public string Identifier() => IdentifierPattern().IsMatch(Peek()) ? Next() : throw Unexpected();

    /// <summary>Takes a constant.</summary>
    public PtxOperand Constant()
    {
        var negative = Take("-");
        var text = Peek();
        _at++;
        if (text.StartsWith("0f", StringComparison.OrdinalIgnoreCase) && text.Length == 10 && !negative)
        {
            if (uint.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits))
            {
                return new(OperandKind.Float32, text, bits, []);
            }
        }
        else if (text.StartsWith("0d", StringComparison.OrdinalIgnoreCase) && text.Length == 18 && !negative)
        {
            if (ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits))
            {
                return new(OperandKind.Float64, text, (long)bits, []);
            }
        }
        else
        {
            var digits = text.TrimEnd('U');
            var hex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            // A leading 0 means an octal number in PTX.
            if (
                (hex || digits.Length == 1 || digits is not ['0', ..])
                && ulong.TryParse(
                    hex ? digits.AsSpan(2) : digits,
                    hex ? NumberStyles.HexNumber : NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var value
                )
            )
            {
                return new(OperandKind.Integer, text, negative ? -(long)value : (long)value, []);
            }
        }
        _at--;
        throw Unexpected();
    }

    [GeneratedRegex(@"[A-Za-z_%$.][\w$.]*|\d[\w.]*|[^\s\w]", RegexOptions.None, Timeout)]
    private static partial Regex Token();

    [GeneratedRegex(@"^[A-Za-z_$%][\w$]*$", RegexOptions.None, Timeout)]
    private static partial Regex IdentifierPattern();
}
