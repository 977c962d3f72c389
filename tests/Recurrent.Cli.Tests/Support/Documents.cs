using System.Runtime.CompilerServices;

namespace Recurrent.Cli.Tests.Support;

/// <summary>The documents of the repository.</summary>
internal static class Documents
{
    /// <summary>The full path of a file, given its path from the root.</summary>
    public static string PathOf(string path) => Path.Combine(Folder(), "..", "..", "..", path);

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
