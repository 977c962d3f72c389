using System.Text;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// Writes results. When their reader goes away, as <c>head</c> does, that is an interruption and no error; any other
/// trouble becomes one sentence.
/// </summary>
/// <param name="inner">The writer of the standard output; it must not keep anything back.</param>
/// <param name="interruption">Told when the reader goes away.</param>
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
                $"The standard output takes no more ({error.Message.TrimEnd('.')}); write it somewhere else.",
                error
            );
        }
    }
}
