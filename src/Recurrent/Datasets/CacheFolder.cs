namespace Recurrent.Datasets;

/// <summary>The folder in which this user's downloaded texts are kept.</summary>
internal static class CacheFolder
{
    /// <summary>Returns the folder on this machine, which need not exist yet.</summary>
    /// <exception cref="DatasetException">The user has no home folder.</exception>
    public static string Locate()
    {
        if (OperatingSystem.IsWindows())
        {
            return Below(Home(Environment.SpecialFolder.LocalApplicationData), "recurrent", "cache");
        }

        return OperatingSystem.IsMacOS()
            ? Below(Home(Environment.SpecialFolder.UserProfile), "Library", "Caches", "recurrent")
            : LocateXdg(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME"),
                Home(Environment.SpecialFolder.UserProfile)
            );
    }

    /// <summary>
    /// Returns the folder by the XDG base directory specification, in which a relative path counts as unset.
    /// </summary>
    /// <param name="cacheHome">The value of <c>XDG_CACHE_HOME</c>, or null.</param>
    /// <param name="home">The user's home folder, or an empty string.</param>
    /// <exception cref="DatasetException">Neither is known.</exception>
    internal static string LocateXdg(string? cacheHome, string home) =>
        Path.IsPathRooted(cacheHome) ? Path.Combine(cacheHome, "recurrent") : Below(home, ".cache", "recurrent");

    private static string Home(Environment.SpecialFolder folder) =>
        Environment.GetFolderPath(folder, Environment.SpecialFolderOption.DoNotVerify);

    private static string Below(string home, params string[] folders) =>
        home.Length > 0
            ? Path.Combine([home, .. folders])
            : throw new DatasetException(
                "This user has no home folder to keep downloaded texts in; set HOME, or give a cache folder."
            );
}
