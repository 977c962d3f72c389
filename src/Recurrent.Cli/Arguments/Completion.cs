using System.CommandLine;
using System.Globalization;

namespace Recurrent.Cli.Arguments;

/// <summary>
/// The directive <c>[suggest:POSITION]</c>, by which a shell asks how a command line may go on at a position. It is
/// that of System.CommandLine, which has it only where the root is named after the running file.
/// </summary>
internal static class Completion
{
    private const string Beginning = "[suggest";

    /// <summary>Returns what may stand at the position, possibly nothing; null without the directive.</summary>
    /// <param name="root">The command that all others are under.</param>
    /// <param name="arguments">The directive, and the command line that is to be completed as one argument.</param>
    public static IReadOnlyList<string>? Of(Command root, IReadOnlyList<string> arguments)
    {
        if (
            arguments.Count > 2
            || arguments is not [['[', .., ']'] and var directive, ..]
            || !directive.StartsWith(Beginning, StringComparison.Ordinal)
        )
        {
            return null;
        }
        var line = arguments.Count == 2 ? arguments[1] : "";
        var given = directive[Beginning.Length..^1].TrimStart(':');
        var position = int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, short.MaxValue)
            : line.Length;
        try
        {
            // A shell may leave out the blank before a word that is not begun.
            line = line.PadRight(position);
            var isOption = line[..position].Split(' ')[^1].StartsWith('-');
            return
            [
                .. root.Parse(line)
                    .GetCompletions(position)
                    .Select(found => found.InsertText ?? found.Label)
                    .Where(word => word.StartsWith('-') == isOption && word[0] != '/'),
            ];
        }
        catch (InvalidOperationException)
        {
            return []; // System.CommandLine 2.0.15 cannot complete a value after an equals sign
        }
    }
}
