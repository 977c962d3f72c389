namespace Recurrent.Tests;

/// <summary>Texts that tests may read where a folder <c>shared/data</c> lies beside the repository.</summary>
internal static class SharedData
{
    /// <summary>
    /// Path of The Time Machine, as the book's data site has it; skips the test where it is absent.
    /// </summary>
    public static string TimeMachine => Find("timemachine.txt");

    /// <summary>Path of a collection of Shakespeare's plays; skips the test where it is absent.</summary>
    public static string TinyShakespeare => Find("tinyshakespeare.txt");

    private static string Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", name);
            if (File.Exists(path))
            {
                return path;
            }
        }
        Assert.Skip($"There is no shared/data/{name} beside the repository; put the file there to run this test.");
        throw new InvalidOperationException("A skipped test goes no further.");
    }
}
