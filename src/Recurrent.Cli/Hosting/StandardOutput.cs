using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Recurrent.Cli.Hosting;

/// <summary>The standard output of this process.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Opens it for UTF-8 text that is written at once.</summary>
    public static TextWriter Open(Interruption interruption) =>
        new ResultWriter(
            new StreamWriter(OpenStream(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false))
            {
                AutoFlush = true,
            },
            interruption
        );

    private static Stream OpenStream()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            // The console's own stream says nothing when the reader of a pipe has gone. A file keeps that stream, which
            // shares its position with the standard error's.
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
