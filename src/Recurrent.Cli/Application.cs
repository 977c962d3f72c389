using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Commands;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;

namespace Recurrent.Cli;

/// <summary>The command line tool <c>recurrent</c>: from arguments to an exit code.</summary>
internal sealed class Application(CliContext context)
{
    private const int HelpWidthWithoutTerminal = 100;

    /// <summary>Runs the verb that the arguments name.</summary>
    /// <returns>The exit code.</returns>
    public int Run(IReadOnlyList<string> arguments)
    {
        try
        {
            var given = new SettingOptions<TrainSettings>(RunSettings.All).WithValues(arguments);
            var parsed = CreateRoot().Parse(given, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is ParseErrorAction)
            {
                throw UsageError.Of(parsed);
            }
            return parsed.Invoke(
                new InvocationConfiguration
                {
                    Output = context.Out,
                    Error = context.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                }
            );
        }
        catch (OperationCanceledException) when (context.Interruption.Signal != 0)
        {
            return context.Interruption.ExitCode;
        }
        catch (Exception exception)
        {
            var (sentence, exitCode) = ErrorMessage.Of(exception);
            context.Error.WriteLine(PrintableText.OneLine(sentence));
            return exitCode;
        }
    }

    private Verb CreateRoot()
    {
        var root = new Verb(
            "recurrent",
            "Recurrent character language models: train one on any text, then generate text with it.",
            ("recurrent train", "train on the built-in story"),
            ("recurrent train my.txt", "train on your own text"),
            ("recurrent generate story.safetensors --prompt \"the miller \"", "let the model continue a text"),
            ("recurrent evaluate story.safetensors story", "compare the model with n-grams"),
            ("recurrent vocabulary time-machine", "see what a text is made of")
        );
        root.Options.Add(
            new HelpOption
            {
                Description = "Show help and examples, also for a verb.",
                Action = new HelpWithExamples(context.Terminal?.Width() ?? HelpWidthWithoutTerminal),
            }
        );
        root.Options.Add(new VersionOption { Description = "Show the version.", Action = new ShowVersion() });
        root.Subcommands.Add(TrainCommand.Create(context));
        root.Subcommands.Add(GenerateCommand.Create(context));
        root.Subcommands.Add(EvaluateCommand.Create(context));
        root.Subcommands.Add(ScoreCommand.Create(context));
        root.Subcommands.Add(InspectCommand.Create(context));
        root.Subcommands.Add(ExportCommand.Create(context));
        root.Subcommands.Add(ImportCommand.Create(context));
        root.Subcommands.Add(VocabularyCommand.Create(context));
        return root;
    }
}
