namespace Recurrent.Reliability;

/// <summary>A folder of its own, gone with everything in it in the end.</summary>
internal sealed class WorkFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("recurrent-reliability-").FullName;

    /// <summary>The full path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The names of everything in it, hidden files too, in order.</summary>
    public IEnumerable<string?> Names =>
        Directory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName).Order();

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
