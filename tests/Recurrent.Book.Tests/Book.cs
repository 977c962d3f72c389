using System.Reflection;
using System.Runtime.CompilerServices;

namespace Recurrent.Book.Tests;

/// <summary>The chapters and their files in this repository.</summary>
internal static class Book
{
    private const string PicturePrefix = "picture: ";
    private static readonly string s_root = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));

    /// <summary>The chapters by name: every program in book/ but the one that makes the pages.</summary>
    public static IReadOnlyList<string> Chapters { get; } =
    [
        .. Directory
            .EnumerateFiles(PathOf("book"), "*.cs")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => name != "make-pages")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Full path of a file, given its path from the root.</summary>
    public static string PathOf(string path) => Path.Combine(s_root, path);

    /// <summary>The text of a file, given its path from the root.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path)).ReplaceLineEndings("\n");

    /// <summary>Runs a chapter in this process.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(string chapter, params string[] args)
    {
        var program = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "programs", $"{chapter}.dll"));
        var console = Console.Out;
        using var output = new StringWriter { NewLine = "\n" };
        Console.SetOut(output);
        try
        {
            program.EntryPoint!.Invoke(null, [args]);
        }
        finally
        {
            Console.SetOut(console);
        }
        return output.ToString();
    }

    /// <summary>The file names of the pictures that a chapter says it has drawn.</summary>
    public static IEnumerable<string> PicturesNamedIn(string output) =>
        output
            .Split('\n')
            .Where(line => line.StartsWith(PicturePrefix, StringComparison.Ordinal))
            .Select(line => line[PicturePrefix.Length..]);

    /// <summary>Those, and those in Chinese where the chapter has the words.</summary>
    public static IEnumerable<string> PicturesOf(string chapter, string output) =>
        PicturesNamedIn(output)
            .SelectMany(name =>
                Translation.Of(chapter) is null ? [name] : (string[])[name, Path.ChangeExtension(name, ".zh-CN.svg")]
            );

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
