using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Recurrent.Cli.Arguments;
using Recurrent.Cli.Commands;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli;

/// <summary>The command line tool <c>recurrent</c>: from arguments to an exit code.</summary>
internal sealed class Application(CliContext context)
{
    private const int HelpWidthWithoutTerminal = 100;

    /// <summary>Runs the verb that the arguments name.</summary>
    /// <returns>The exit code.</returns>
    public int Run(IReadOnlyList<string> arguments)
    {
        if (arguments is [TrainCommand.Name, ..])
        {
            return LaunchedRanks.Run(context, joined => new Application(joined).RunHere(arguments));
        }
        if (context.Launcher is { Rank: 0, Count: > 1 and var count } && arguments is [[not '-', ..], ..])
        {
            context.Error.WriteLine(
                $"Each of {count} processes does this for itself; {TrainCommand.Name} alone is work that they share."
            );
        }
        return RunHere(arguments);
    }

    private int RunHere(IReadOnlyList<string> arguments)
    {
        try
        {
            var root = CreateRoot();
            var given = new SettingOptions<TrainSettings>(RunSettings.All).WithValues(
                new SettingOptions<TrainingPlan>([ModelSettings.Features]).WithValues(arguments)
            );
            if (Completion.Of(root, arguments) is { } completions)
            {
                foreach (var completion in completions)
                {
                    context.Out.WriteLine(completion);
                }
                return ExitCode.Success;
            }
            return Invoke(root, given);
        }
        catch (OperationCanceledException) when (context is { Ranks: null, Interruption.Signal: not 0 })
        {
            return context.Interruption.ExitCode;
        }
        catch (Exception exception) when (context.Ranks is null) // else the ranks say it once
        {
            var (sentence, exitCode) = ErrorMessage.Of(exception);
            context.Error.WriteLine(PrintableText.OneLine(sentence));
            return exitCode;
        }
    }

    private int Invoke(Verb root, IReadOnlyList<string> given)
    {
        var all = root.WithVariables(given, context.Variable);
        try
        {
            var parsed = root.Parse(WithPaths(all), new ParserConfiguration { ResponseFileTokenReplacer = null });
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
        catch (UsageException wrong) when (all.Count > given.Count)
        {
            throw new UsageException(VariableOptions.InWordsOf(all.Skip(1).SkipLast(given.Count - 1), wrong.Message));
        }
    }

    /// <summary>
    /// After a double dash a name that begins with a dash is a file's: in front of it comes its folder, which tells it
    /// from an option.
    /// </summary>
    private static IReadOnlyList<string> WithPaths(IReadOnlyList<string> arguments) =>
        [
            .. arguments.TakeWhile(argument => argument != "--"),
            .. arguments
                .SkipWhile(argument => argument != "--")
                .Select((argument, i) => i > 0 && argument is ['-', _, ..] ? $"./{argument}" : argument),
        ];

    /// <summary>Makes the command that all verbs are under.</summary>
    internal Verb CreateRoot()
    {
        var help = new HelpWithExamples(context.Terminal?.Width() ?? HelpWidthWithoutTerminal);
        var root = new Verb(
            "recurrent",
            "Recurrent character language models: train one on any text, then generate text with it.",
            ("recurrent train", "train on the built-in story"),
            ("recurrent train my.txt", "train on your own text"),
            ("recurrent generate story.safetensors --prompt \"the miller \"", "let the model continue a text"),
            ("recurrent evaluate story.safetensors story", "compare the model with n-grams"),
            ("recurrent vocabulary time-machine", "see what a text is made of"),
            ("recurrent help train", "every setting of a training")
        );
        root.Options.Add(new HelpOption { Description = "Show help and examples, also for a verb.", Action = help });
        root.Options.Add(new VersionOption { Description = "Show the version.", Action = new ShowVersion() });
        root.Subcommands.Add(TrainCommand.Create(context));
        root.Subcommands.Add(GenerateCommand.Create(context));
        root.Subcommands.Add(EvaluateCommand.Create(context));
        root.Subcommands.Add(CompareCommand.Create(context));
        root.Subcommands.Add(ScoreCommand.Create(context));
        root.Subcommands.Add(ServeCommand.Create(context));
        root.Subcommands.Add(PackCommand.Create(context));
        root.Subcommands.Add(UnpackCommand.Create(context));
        root.Subcommands.Add(InspectCommand.Create(context));
        root.Subcommands.Add(ExportCommand.Create(context));
        root.Subcommands.Add(ImportCommand.Create(context));
        root.Subcommands.Add(VocabularyCommand.Create(context));
        root.Subcommands.Add(InfoCommand.Create(context));
        root.Subcommands.Add(HelpCommand(root));
        root.SetAction(help.Invoke);
        return root;
    }

    private static Verb HelpCommand(Verb root)
    {
        var help = new Verb(
            "help",
            "Show help and examples, also for a verb.",
            ("recurrent help", "the verbs"),
            ("recurrent help train", "a verb with its options")
        );
        var verb = new Argument<string?>("VERB")
        {
            HelpName = "VERB",
            Description = "What to show help for.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        verb.CompletionSources.Add(_ => root.Subcommands.Select(one => new CompletionItem(one.Name)));
        help.Arguments.Add(verb);
        help.SetAction(parsed =>
        {
            var asked = root.Subcommands.FirstOrDefault(one => one.Name == parsed.GetValue(verb));
            return parsed.GetValue(verb) is { } name && asked is null
                ? throw new UsageException(UsageError.NoSuchVerb(root, name) + ".")
                : root.Parse(asked is null ? ["--help"] : [asked.Name, "--help"])
                    .Invoke(parsed.InvocationConfiguration);
        });
        return help;
    }
}
