using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Arguments;

/// <summary>The error message for a wrong command line.</summary>
internal static class UsageError
{
    private const int MostNearest = 3;

    /// <summary>Creates the exception for the first error, with the way out.</summary>
    public static UsageException Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var line = command.Parents.Any() ? $"recurrent {command.Name}" : command.Name;
        return new UsageException($"{WhatIsWrong(parsed, command)}; {line} --help shows how it is used.");
    }

    /// <summary>Makes sure that the words of an argument are names, and no options that do not exist.</summary>
    /// <param name="argument">The argument.</param>
    /// <param name="command">What it is an argument of.</param>
    /// <param name="what">What it names, such as text.</param>
    public static void RequireNames(Argument argument, Command command, string what) =>
        argument.Validators.Add(result =>
        {
            foreach (var name in result.Tokens.Select(token => token.Value))
            {
                if (name.Length == 0)
                {
                    result.AddError($"The name of the {what} is empty");
                }
                else if (name[0] == '-' && name.Length > 1)
                {
                    result.AddError(NoSuchOption(command, name));
                }
            }
        });

    /// <summary>Returns the message for an option that does not exist.</summary>
    public static string NoSuchOption(Command command, string token)
    {
        var name = token.Split('=', ':')[0];
        return $"There is no option {name}{Nearest(command, name)}";
    }

    /// <summary>Returns the message for a verb that does not exist.</summary>
    public static string NoSuchVerb(Command root, string name)
    {
        var nearest = Nearest(root, name);
        return $"There is no verb \"{name}\""
            + (
                nearest.Length > 0 ? nearest : $", only {string.Join(", ", root.Subcommands.Select(verb => verb.Name))}"
            );
    }

    private static string WhatIsWrong(ParseResult parsed, Command command)
    {
        var unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (command.Subcommands.Count > 0 && unknown is not null)
        {
            return unknown.StartsWith('-') ? NoSuchOption(command, unknown) : NoSuchVerb(command, unknown);
        }
        // The errors of our own parsers and validators say more than the leftovers that they cause.
        var error = parsed.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult or ArgumentResult);
        return error?.SymbolResult switch
        {
            OptionResult { Tokens.Count: > 1, Option.Arity.MaximumNumberOfValues: 1 } twice =>
                $"{twice.Option.Name} is given {twice.Tokens.Count} times and must be given once",
            // What is missing may be there, with a slip of the hand.
            OptionResult { Tokens: [] } when unknown?.StartsWith('-') == true => NoSuchOption(command, unknown),
            OptionResult { Implicit: true, Tokens: [] } missing =>
                $"{command.Name} needs {missing.Option.Name} {missing.Option.HelpName}",
            OptionResult { Tokens: [] } missing => $"{missing.Option.Name} needs a value",
            ArgumentResult { Tokens: [] } missing => $"{command.Name} needs a {missing.Argument.Name}",
            not null => error.Message.TrimEnd('.'),
            null when unknown is null => parsed.Errors[0].Message.TrimEnd('.'),
            null when unknown.StartsWith('-') => NoSuchOption(command, unknown),
            null => $"Unexpected argument \"{unknown}\"",
        };
    }

    /// <summary>What may be meant by a word that is none of a command's, in brackets; empty for nothing.</summary>
    private static string Nearest(Command command, string word)
    {
        // Without the arguments, which would take the word.
        var bare = new Command(command.Name);
        foreach (var option in command.Options)
        {
            bare.Options.Add(option);
        }
        foreach (var verb in command.Subcommands)
        {
            bare.Subcommands.Add(verb);
        }
        var parsed = bare.Parse([word]);
        using var said = new StringWriter { NewLine = "\n" };
        (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error) = (said, TextWriter.Null);
        new ParseErrorAction { ShowHelp = false }.Invoke(parsed);
        // A question, then a word a line.
        string[] words = [.. said.ToString().Split('\n').Skip(1).TakeWhile(line => line.Length > 0).Take(MostNearest)];
        return words.Length > 0 ? $" (did you mean {string.Join(" or ", words)}?)" : "";
    }
}
