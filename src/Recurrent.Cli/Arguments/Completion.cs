using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Recurrent.Cli.Arguments;

/// <summary>
/// The directive <c>[suggest:POSITION]</c>, by which a shell asks how a command line may go on at a position. It is
/// that of System.CommandLine, which has it only where the root is named after the running file.
/// </summary>
internal static partial class Completion
{
    /// <summary>Returns what may stand at the position, possibly nothing; null without the directive.</summary>
    /// <param name="root">The command that all others are under.</param>
    /// <param name="arguments">The directive, and the command line that is to be completed as one argument.</param>
    public static IReadOnlyList<string>? Of(Command root, IReadOnlyList<string> arguments)
    {
        if (arguments.Count is < 1 or > 2 || Directive().Match(arguments[0]) is not { Success: true } directive)
        {
            return null;
        }
        var line = arguments.Count == 2 ? arguments[1] : "";
        var isGiven = int.TryParse(directive.Groups[1].Value, CultureInfo.InvariantCulture, out var position);
        position = isGiven ? Math.Min(position, short.MaxValue) : line.Length;
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

    [GeneratedRegex(@"^\[suggest(?::(\d+))?\]$")]
    private static partial Regex Directive();
}
