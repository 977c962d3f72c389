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
        _help.Invoke(parseResult);
        var examples = ((Verb)parseResult.CommandResult.Command).Examples;
        var output = parseResult.InvocationConfiguration.Output;
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
}
