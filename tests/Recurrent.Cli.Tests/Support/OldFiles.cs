using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Recurrent.Cli.Tests.Support;

/// <summary>The folder Fixtures: what an old program wrote, and by which commands.</summary>
internal static partial class OldFiles
{
    private const string Program = "recurrent ";

    /// <summary>Name and SHA-256 of each file, from the tables of the folder's README.</summary>
    public static IReadOnlyList<(string Name, string Hash)> All { get; } = [.. Rows().Select(row => (row[0], row[1]))];

    /// <summary>The command that wrote each file, without the program's name.</summary>
    public static IReadOnlyDictionary<string, string> Commands { get; } =
        Rows()
            .Where(row => row.Length > 2 && row[2].StartsWith(Program, StringComparison.Ordinal))
            .ToDictionary(row => row[0], row => row[2][Program.Length..]);

    /// <summary>The full path of a file.</summary>
    public static string PathOf(string name) => Path.Combine(Folder(), name);

    /// <summary>The commands of a transcript with what each of them printed.</summary>
    public static IEnumerable<(string Command, string Output)> Transcript(string name) =>
        File.ReadAllText(PathOf(name))
            .Split($"$ {Program}", StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('\n', 2))
            .Select(part => (part[0], part[1]));

    /// <summary>Runs a command with the folder's files and standard input, and writes into another folder.</summary>
    /// <param name="command">The command, without the program's name.</param>
    /// <param name="target">Where the files after --out and --onnx go.</param>
    /// <param name="largeText">The length of a text above which its tokens are kept in a file.</param>
    /// <param name="more">Further arguments.</param>
    public static CliResult Run(
        string command,
        TemporaryFolder target,
        long largeText = long.MaxValue,
        params string[] more
    )
    {
        var words = Word().Matches(command).Select(word => word.Value.Trim('"')).ToList();
        byte[]? input = null;
        if (words.IndexOf("<") is >= 0 and var redirection)
        {
            input = File.ReadAllBytes(PathOf(words[redirection + 1]));
            words.RemoveRange(redirection, 2);
        }
        using var runner = new CliRunner { Input = input, LargeText = largeText };
        return runner.Run([.. words.Select((word, i) => Placed(word, words[Math.Max(0, i - 1)])), .. more]);

        string Placed(string word, string before) =>
            before is "--out" or "--onnx" ? target[word]
            : File.Exists(PathOf(word)) ? PathOf(word)
            : word;
    }

    private static IEnumerable<string[]> Rows() =>
        File.ReadLines(PathOf("README.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])
            .Where(cells => cells[1].Length == 64)
            .Select(cells => cells.Select(cell => cell.Trim('`')).ToArray());

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "Fixtures");

    [GeneratedRegex("\"[^\"]*\"|[^ ]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
