using System.Text;

namespace Recurrent.Tests.Architecture;

/// <summary>
/// C# source without its comments and without the text of its strings; the code in their holes stays.
/// </summary>
internal static class CodeText
{
    /// <summary>Returns the code of a source; what is left out becomes a blank.</summary>
    public static string Of(string source)
    {
        var code = new StringBuilder(source.Length);
        var place = 0;
        Read(source, ref place, code, closing: '\0');
        return code.ToString();
    }

    /// <summary>Reads code up to a closing brace of an interpolation, or to the end.</summary>
    private static void Read(string source, ref int place, StringBuilder code, char closing)
    {
        var depth = 0;
        while (place < source.Length)
        {
            var rest = source.AsSpan(place);
            if (rest[0] == closing && depth == 0)
            {
                return;
            }
            if (rest.StartsWith("//"))
            {
                Skip(rest.IndexOf('\n'), ref place, source.Length);
            }
            else if (rest.StartsWith("/*"))
            {
                Skip(rest.IndexOf("*/") + 2, ref place, source.Length);
            }
            else if (rest[0] == '\'')
            {
                place += rest[1] == '\\' ? 2 + rest[3..].IndexOf('\'') + 2 : 3;
            }
            else if (rest[0] is '"' or '$' or '@' && StringStart(rest) is var start and >= 0)
            {
                ReadString(source, ref place, code, start);
            }
            else
            {
                depth += rest[0] switch
                {
                    '{' => 1,
                    '}' => -1,
                    _ => 0,
                };
                code.Append(rest[0]);
                place++;
                continue;
            }
            code.Append(' ');
        }
    }

    private static void ReadString(string source, ref int place, StringBuilder code, int start)
    {
        var prefix = source.AsSpan(place, start);
        var (dollars, isVerbatim) = (prefix.Count('$'), prefix.Contains('@'));
        var quotes = source.AsSpan(place + start).IndexOfAnyExcept('"');
        var isRaw = !isVerbatim && quotes >= 3;
        var end = isRaw ? new string('"', quotes) : "\"";
        var hole = new string('{', isRaw ? Math.Max(dollars, 1) : 1);
        place += start + end.Length;
        while (place < source.Length && !source.AsSpan(place).StartsWith(end))
        {
            var rest = source.AsSpan(place);
            if (dollars > 0 && rest.StartsWith(hole) && (isRaw || !rest.StartsWith("{{")))
            {
                place += hole.Length;
                code.Append(' ');
                Read(source, ref place, code, '}');
                place += hole.Length;
                continue;
            }
            var isPair =
                (!isRaw && !isVerbatim && rest[0] == '\\')
                || (!isRaw && dollars > 0 && rest.StartsWith("{{"))
                || (isVerbatim && rest.StartsWith("\"\""));
            place += isPair ? 2 : 1;
        }
        place += end.Length;
    }

    /// <summary>Returns the length of a string's prefix, or -1 where no string begins.</summary>
    private static int StringStart(ReadOnlySpan<char> rest)
    {
        var length = rest.IndexOfAnyExcept('$', '@');
        return length >= 0 && rest[length] == '"' ? length : -1;
    }

    private static void Skip(int length, ref int place, int end) =>
        place = length < 0 ? end : Math.Min(place + length, end);
}
