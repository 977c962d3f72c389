namespace Recurrent.Cli.Tests.Support;

/// <summary>A folder of its own for one test, gone with everything in it afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("recurrent-cli-").FullName;

    /// <summary>The full path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The names of everything in it, in order.</summary>
    public IEnumerable<string?> Names =>
        Directory.EnumerateFileSystemEntries(Path).Select(System.IO.Path.GetFileName).Order();

    /// <summary>Writes a file and gives its full path.</summary>
    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string, string)"/>
    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
