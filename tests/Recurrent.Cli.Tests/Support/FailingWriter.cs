using System.Text;

namespace Recurrent.Cli.Tests.Support;

/// <summary>Takes some lines and does something more with each write after them.</summary>
internal sealed class FailingWriter(int lines, Action then) : StringWriter
{
    private int _lines;

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Write(string? value)
    {
        if (_lines >= lines)
        {
            then();
        }
        _lines += value!.Count(character => character == '\n');
        base.Write(value);
    }
}
