namespace Recurrent.Tests;

/// <summary>
/// Finds the texts that lie in <c>shared/data</c> beside the repository and are not a part of it.
/// </summary>
internal static class SharedData
{
    /// <summary>
    /// The full path of The Time Machine; the test is skipped where the shared data is absent.
    /// </summary>
    public static string TimeMachine => Find("timemachine.txt");

    /// <summary>
    /// The full path of Tiny Shakespeare; the test is skipped where the shared data is absent.
    /// </summary>
    public static string TinyShakespeare => Find("tinyshakespeare.txt");

    private static string Find(string name)
    {
        for (
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            folder is not null;
            folder = folder.Parent
        )
        {
            if (File.Exists(Path.Combine(folder.FullName, "shared", "data", "timemachine.txt")))
            {
                return Path.Combine(folder.FullName, "shared", "data", name);
            }
        }

        Assert.Skip($"There is no folder shared/data with {name} in it beside the repository.");
        return "";
    }
}
