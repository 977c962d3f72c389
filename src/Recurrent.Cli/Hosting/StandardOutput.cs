using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Recurrent.Cli.Hosting;

/// <summary>Standard output of this process.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Opens it for unbuffered UTF-8 text.</summary>
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
