using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Recurrent.Book;

/// <summary>
/// What a chapter prints and draws, in Chinese. A row of its table, <c>book/zh-CN/NAME.txt</c>, is a line or a label as
/// the program has it, <c>⇒</c>, and what stands for it: <c>epoch {}, loss: {} ⇒ 第 {} 轮，损失：{}</c>. Each <c>{}</c> is
/// whatever stands there, <c>{2}</c> on the right the second of them, and <c>\n</c> the end of a line within a label. A
/// row without <c>⇒</c> stays as it is; the first row that fits holds. <c>#</c> begins a comment.
/// </summary>
public sealed class Translation
{
    private static readonly string[] s_shared = ["shared"]; // what Chapter itself prints
    private readonly List<(Regex English, string Chinese)> _rows = [];

    private Translation(IEnumerable<string> rows)
    {
        foreach (var row in rows.Where(row => row.Length > 0 && row[0] != '#'))
        {
            var sides = row.Split(" ⇒ ", 2);
            var english = string.Join("(.*?)", sides[0].Split("{}").Select(Regex.Escape));
            _rows.Add(
                (
                    new Regex($"^{english}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)),
                    sides.Length > 1 ? sides[1] : sides[0]
                )
            );
        }
    }

    /// <summary>The table of a chapter; null where it has none yet.</summary>
    /// <param name="chapter">The chapter's name, as in <c>book/NAME.cs</c>.</param>
    public static Translation? Of(string chapter) =>
        Read(chapter) is { } rows ? new Translation([.. rows, .. s_shared.SelectMany(name => Read(name)!)]) : null;

    /// <summary>Whether a row is for a line or label.</summary>
    public bool Knows(string text) => _rows.Exists(row => row.English.IsMatch(Escaped(text)));

    /// <summary>A line or label in Chinese; as it is where no row is for it.</summary>
    public string Line(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = Escaped(text);
        foreach (var (english, chinese) in _rows)
        {
            if (english.Match(escaped) is { Success: true } match)
            {
                var next = 1;
                return Regex
                    .Replace(
                        chinese,
                        @"\{\d?\}",
                        place => match.Groups[place.Length > 2 ? place.Value[1] - '0' : next++].Value,
                        RegexOptions.None,
                        TimeSpan.FromSeconds(1)
                    )
                    .Replace(@"\n", "\n");
            }
        }
        return text;
    }

    /// <summary>Several lines in Chinese.</summary>
    public string Lines(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return string.Join('\n', text.Split('\n').Select(Line));
    }

    private static string Escaped(string text) => text.Replace("\n", @"\n");

    private static string[]? Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.txt");
        if (stream is null)
        {
            return null;
        }
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
    }
}

/// <summary>Writes each line in Chinese, once it has ended.</summary>
internal sealed class TranslatingWriter(TextWriter inner, Translation translation) : TextWriter
{
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        if (value != '\n')
        {
            _line.Append(value);
            return;
        }
        inner.Write(translation.Line(_line.ToString().TrimEnd('\r')));
        inner.Write('\n');
        _line.Clear();
    }
}
