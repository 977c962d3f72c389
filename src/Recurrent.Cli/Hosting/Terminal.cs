using Spectre.Console;

namespace Recurrent.Cli.Hosting;

/// <summary>A terminal that understands cursor movements; its size may change while we run.</summary>
/// <param name="Width">Returns the number of columns.</param>
/// <param name="Height">Returns the number of rows.</param>
/// <param name="Color">Whether colours are wanted.</param>
internal sealed record Terminal(Func<int> Width, Func<int> Height, bool Color)
{
    /// <summary>Returns the terminal that standard output is, or null if lines should be plain.</summary>
    public static Terminal? Detect()
    {
        var dumb = Environment.GetEnvironmentVariable("TERM") == "dumb";
        // Spectre.Console knows the names of terminals that take ANSI sequences, and switches them on in Windows.
        if (Console.IsOutputRedirected || dumb || !AnsiConsole.Profile.Capabilities.Ansi)
        {
            return null;
        }
        var color = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new Terminal(() => Size(Console.WindowWidth, 80), () => Size(Console.WindowHeight, 24), color);
    }

    // A terminal that does not know its size reports 0.
    private static int Size(int said, int usual) => said > 0 ? said : usual;
}
