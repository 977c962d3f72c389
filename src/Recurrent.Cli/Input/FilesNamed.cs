using System.Text.RegularExpressions;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Input;

/// <summary>
/// The files that a name stands for: itself; or those in a folder and its folders; or those that match a pattern, in
/// which * and ? stand for characters of a name and ** for any folders. They are in the order of their paths, character
/// by character, on every system; hidden ones and those of a training are left out, and links to folders are not
/// followed.
/// </summary>
internal static class FilesNamed
{
    /// <summary>How the name of a model file ends; those of its checkpoints go on after it.</summary>
    public const string ModelExtension = ".safetensors";

    /// <summary>How the name of a training's report ends.</summary>
    public const string ReportExtension = ".report.html";

    /// <summary>How the name of a packed text ends.</summary>
    public const string PackedExtension = ".packed";

    /// <exception cref="FailureException">There is no such file.</exception>
    public static IReadOnlyList<string> By(string name)
    {
        if (File.Exists(name))
        {
            return [name];
        }
        var isFolder = Directory.Exists(name);
        if (!isFolder && new FileInfo(name).LinkTarget is { } target)
        {
            throw new FailureException($"{name} is a link to {target}, which leads to no file; name the file itself.");
        }
        if (!isFolder && !name.AsSpan().ContainsAny('*', '?'))
        {
            throw new FailureException(
                $"\"{name}\" is neither a file, a folder nor a dataset; check the path, or give a dataset: "
                    + $"{DatasetNames.List("or")}."
            );
        }
        var found = isFolder ? In(name, int.MaxValue) : Matching(name.Replace('\\', '/'));
        string[] files;
        try
        {
            files = [.. found.OrderBy(file => file.Replace('\\', '/'), StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException error)
        {
            throw new FailureException(
                $"Cannot read all of {name}: there is no permission to read a folder in it; allow reading, or "
                    + "name the files.",
                error
            );
        }
        return files.Length > 0
            ? files
            : throw new FailureException(
                isFolder
                    ? $"There is no file in {name}; give a folder with texts."
                    : $"There is no file that matches {name}; check the pattern."
            );
    }

    private static IEnumerable<string> Matching(string pattern)
    {
        var parts = pattern.Split('/');
        var fixedParts = Math.Min(
            Array.FindIndex(parts, part => part.AsSpan().ContainsAny('*', '?')),
            parts.Length - 1
        );
        var folder = string.Join('/', parts[..fixedParts]);
        var depth = parts.Contains("**") ? int.MaxValue : parts.Length - fixedParts - 1;
        var regex = new Regex(
            $"^{Regex.Escape(pattern)
                .Replace(@"\*\*/", "([^/]+/)*", StringComparison.Ordinal)
                .Replace(@"\*", "[^/]*", StringComparison.Ordinal)
                .Replace(@"\?", "[^/]", StringComparison.Ordinal)}$",
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
        );
        var start = fixedParts == 0 ? "" : folder + "/";
        return Directory.Exists(start.Length == 0 ? "." : start)
            ? In(start, depth).Where(file => regex.IsMatch(file.Replace('\\', '/')))
            : [];
    }

    private static IEnumerable<string> In(string folder, int depth)
    {
        // A folder that may not be read is an error: a text without it would be another text.
        var visible = new EnumerationOptions
        {
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
            IgnoreInaccessible = false,
        };
        var root = new DirectoryInfo(folder.Length == 0 ? "." : folder);
        foreach (var entry in root.EnumerateFileSystemInfos("*", visible))
        {
            var path = Path.Join(folder, entry.Name);
            if (entry is not DirectoryInfo)
            {
                if (!IsOurs(entry.Name))
                {
                    yield return path;
                }
            }
            else if (depth > 0 && entry.LinkTarget is null)
            {
                foreach (var file in In(path, depth - 1))
                {
                    yield return file;
                }
            }
        }
    }

    /// <summary>
    /// Whether a training or a packing writes files of such a name: models, checkpoints, reports and packed texts,
    /// which would make the text of the folder that it works in another one the next time.
    /// </summary>
    private static bool IsOurs(string name) =>
        name.EndsWith(ReportExtension, StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(PackedExtension, StringComparison.OrdinalIgnoreCase)
        || $"{name}.".Contains($"{ModelExtension}.", StringComparison.OrdinalIgnoreCase);
}
