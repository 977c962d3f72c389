using System.Reflection;
using System.Runtime.CompilerServices;

namespace Recurrent.Samples.Tests;

/// <summary>The samples and their files in this repository.</summary>
internal static class Samples
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));

    /// <summary>Full path of a file, given its path from the root.</summary>
    public static string PathOf(string path) => Path.Combine(s_root, path);

    /// <summary>Runs a sample in this process.</summary>
    /// <returns>Its exit code, and what it printed.</returns>
    public static (int ExitCode, string Output) Run(string sample, params string[] args)
    {
        var console = (Console.Out, Console.Error);
        using var output = new StringWriter { NewLine = "\n" };
        Console.SetOut(output);
        Console.SetError(output);
        try
        {
            return (Start(sample, args), output.ToString());
        }
        finally
        {
            Console.SetOut(console.Out);
            Console.SetError(console.Error);
        }
    }

    /// <summary>Runs a sample and returns its exit code.</summary>
    public static int Start(string sample, params string[] args) =>
        Assembly
            .LoadFrom(Path.Combine(AppContext.BaseDirectory, "programs", $"{sample}.dll"))
            .EntryPoint!.Invoke(null, [args])
            is int exitCode
            ? exitCode
            : 0;

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
