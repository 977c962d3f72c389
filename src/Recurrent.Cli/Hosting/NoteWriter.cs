using System.Text;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// A writer for errors and notes: where they cannot be written, because the file is full or closed, nobody can be told,
/// and the work and its exit code stay as they are.
/// </summary>
/// <param name="inner">The writer of standard error, unbuffered.</param>
internal sealed class NoteWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void Write(ReadOnlySpan<char> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // See above.
        }
    }
}
