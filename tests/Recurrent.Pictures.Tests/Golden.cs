using System.Runtime.CompilerServices;

namespace Recurrent.Pictures.Tests;

/// <summary>
/// Texts that are compared with a file in the folder Golden beside the test. To write the files again, run the tests
/// with RECURRENT_UPDATE_GOLDEN=1 in the environment and look at them as images: at 720 and at 400 pixels, light and
/// dark.
/// </summary>
internal static class Golden
{
    public static void Check(string file, string actual, [CallerFilePath] string test = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(test)!, "Golden", file);
        if (Environment.GetEnvironmentVariable("RECURRENT_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }
        Assert.Equal(File.ReadAllText(path), actual);
    }
}
