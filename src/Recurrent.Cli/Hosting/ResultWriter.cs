using System.Text;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// A writer for results. If their reader goes away, as <c>head</c> does, that is an interruption, not an error; any
/// other problem becomes one sentence.
/// </summary>
/// <param name="inner">The writer of standard output, unbuffered.</param>
/// <param name="interruption">The interruption to notify when the reader goes away.</param>
internal sealed class ResultWriter(TextWriter inner, Interruption interruption) : TextWriter
{
    private const int BrokenPipeError = 32; // EPIPE, on Linux and macOS alike

    private bool _broken;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (_broken)
        {
            return;
        }
        try
        {
            inner.Write(buffer);
        }
        catch (IOException error) when (error.HResult == BrokenPipeError)
        {
            _broken = true;
            interruption.Receive(Interruption.BrokenPipe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FailureException(
                $"Cannot write to standard output ({error.Message.TrimEnd('.')}); redirect it somewhere else.",
                error
            );
        }
    }
}
