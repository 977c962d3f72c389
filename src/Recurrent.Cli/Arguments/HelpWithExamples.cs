using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Arguments;

/// <summary>The action that prints the help of a command and its examples.</summary>
/// <param name="width">The number of columns to fit into.</param>
internal sealed class HelpWithExamples(int width) : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new() { MaxWidth = width };

    /// <summary>True: help is shown even if something else is wrong with the command line.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var verb = (Verb)parseResult.CommandResult.Command;
        var examples = verb.Examples;
        var output = parseResult.InvocationConfiguration.Output;
        WriteGrouped(HelpOf(parseResult), verb.Headings, output);
        output.WriteLine("Examples:");
        var column = examples.Max(example => example.Line.Length);
        var fits = examples.All(example => column + example.Does.Length + 6 <= width);
        foreach (var (line, does) in examples)
        {
            // In a narrow terminal the explanation goes above, so that a command line to copy is never broken.
            output.WriteLine(fits ? $"  {line.PadRight(column)}  # {does}" : $"  # {does}\n  {line}");
        }
        return ExitCode.Success;
    }

    // After short ones.
    private static string LongNameIn(string line) =>
        line.Split(' ').FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal)) ?? "";

    private string HelpOf(ParseResult parseResult)
    {
        var configuration = parseResult.InvocationConfiguration;
        var output = configuration.Output;
        using var text = new StringWriter { NewLine = output.NewLine };
        configuration.Output = text;
        _help.Invoke(parseResult);
        configuration.Output = output;
        return text.ToString();
    }

    /// <summary>Writes the help with a heading before the first option of each group.</summary>
    private static void WriteGrouped(string help, IReadOnlyDictionary<string, string> headings, TextWriter output)
    {
        var isFirst = true;
        foreach (var line in help.TrimEnd().Split(output.NewLine))
        {
            var option = line.StartsWith("  -", StringComparison.Ordinal) ? LongNameIn(line) : "";
            if (headings.Count > 1 && headings.TryGetValue(option, out var heading))
            {
                output.WriteLine($"{(isFirst ? "" : output.NewLine)}{heading}");
                isFirst = false;
            }
            if (headings.Count < 2 || line != "Options:")
            {
                output.WriteLine(line);
            }
        }
        output.WriteLine();
    }
}
