using System.Runtime.CompilerServices;

namespace Recurrent.Cli.Tests.Support;

/// <summary>
/// Texts that are compared with a file in the folder Golden. To write the files again, run the tests with
/// RECURRENT_UPDATE_GOLDEN=1 in the environment and look at the difference.
/// </summary>
internal static class Golden
{
    public static void Check(string fileName, string actual)
    {
        var path = Path.Combine(Folder(), fileName);
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual.ReplaceLineEndings("\n"));
        }
        Assert.Equal(File.ReadAllText(path), actual.ReplaceLineEndings("\n"));
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "Golden");
}
