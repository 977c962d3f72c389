using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Recurrent.Cli.Hosting;

/// <summary>
/// Standard output of this process, for results. If their reader goes away, as <c>head</c> does, that is an
/// interruption, not an error; any other problem becomes one sentence.
/// </summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;
    private const int BrokenPipeError = 32; // EPIPE, on Linux and macOS alike

    /// <summary>Opens it for bytes, unbuffered.</summary>
    /// <param name="interruption">The interruption to notify when the reader goes away.</param>
    public static Stream Open(Interruption interruption) => Reporting(OpenStream(), interruption);

    /// <summary>A writer of UTF-8 text, unbuffered.</summary>
    /// <param name="output">Where it goes.</param>
    public static TextWriter TextOf(Stream output) =>
        new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    /// <summary>Reports the troubles of a stream as those of standard output.</summary>
    /// <param name="inner">The stream, unbuffered.</param>
    /// <param name="interruption">The interruption to notify when the reader goes away.</param>
    internal static Stream Reporting(Stream inner, Interruption interruption)
    {
        var broken = false;
        return new OutputStream(bytes =>
        {
            if (broken)
            {
                return;
            }
            try
            {
                inner.Write(bytes);
            }
            catch (IOException error) when (error.HResult == BrokenPipeError)
            {
                broken = true;
                interruption.Receive(Interruption.BrokenPipe);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new FailureException(
                    $"Cannot write to standard output ({error.Message.TrimEnd('.')}); redirect it somewhere else.",
                    error
                );
            }
        });
    }

    private static Stream OpenStream()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            // The console's own stream reports nothing when the reader of a pipe has gone. A file keeps that stream,
            // because it shares its position with standard error.
            var stream = new FileStream(
                new SafeFileHandle(Descriptor, ownsHandle: false),
                FileAccess.Write,
                bufferSize: 0
            );
            if (!stream.CanSeek)
            {
                return stream;
            }
        }
        return Console.OpenStandardOutput();
    }
}
