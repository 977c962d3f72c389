namespace Recurrent.Cli.Hosting;

/// <summary>Standard input of this process.</summary>
internal static class StandardInput
{
    private const string Flags = "flags:"; // of a descriptor, in octal
    private const int CloseOnExec = 0x80000;

    /// <summary>Opens it for reading once.</summary>
    /// <exception cref="FailureException">There is nothing that could be read.</exception>
    public static Stream Open()
    {
        if (Directory.Exists("/dev/stdin"))
        {
            throw new FailureException("Standard input is a folder; name the folder instead of -.");
        }
        return IsClosed()
            ? throw new FailureException("Standard input is closed; pipe a text in, or name a file instead of -.")
            : Console.OpenStandardInput();
    }

    /// <summary>
    /// Whether it was closed when the process began. Then the runtime has opened something else in its place, such as a
    /// pipe of its own that never ends; unlike what a process is given, that is closed when another program is started.
    /// </summary>
    private static bool IsClosed()
    {
        const string description = "/proc/self/fdinfo/0"; // on Linux alone
        var flags = File.Exists(description)
            ? File.ReadLines(description).FirstOrDefault(line => line.StartsWith(Flags, StringComparison.Ordinal))
            : null;
        return flags is not null && (Convert.ToInt32(flags[Flags.Length..].Trim(), 8) & CloseOnExec) != 0;
    }
}
