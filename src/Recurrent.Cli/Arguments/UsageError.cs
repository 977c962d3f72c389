using System.CommandLine;
using System.CommandLine.Parsing;
using Recurrent.Cli.Hosting;

namespace Recurrent.Cli.Arguments;

/// <summary>The error message for a wrong command line.</summary>
internal static class UsageError
{
    /// <summary>Creates the exception for the first error, with the way out.</summary>
    public static UsageException Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var line = command.Parents.Any() ? $"recurrent {command.Name}" : command.Name;
        return new UsageException($"{WhatIsWrong(parsed, command)}; {line} --help shows how it is used.");
    }

    /// <summary>Returns the message for an option that does not exist.</summary>
    public static string NoSuchOption(string token) => $"There is no option {token.Split('=', ':')[0]}";

    private static string WhatIsWrong(ParseResult parsed, Command command)
    {
        var unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (command.Subcommands.Count > 0)
        {
            var verbs = string.Join(", ", command.Subcommands.Select(verb => verb.Name));
            return unknown is null ? $"A verb is missing, one of {verbs}"
                : unknown.StartsWith('-') ? NoSuchOption(unknown)
                : $"There is no verb \"{unknown}\", only {verbs}";
        }
        // The errors of our own parsers and validators say more than the leftovers that they cause.
        var error = parsed.Errors.FirstOrDefault(error => error.SymbolResult is OptionResult or ArgumentResult);
        return error?.SymbolResult switch
        {
            OptionResult { Tokens.Count: > 1, Option.Arity.MaximumNumberOfValues: 1 } twice =>
                $"{twice.Option.Name} is given {twice.Tokens.Count} times and must be given once",
            OptionResult { Tokens: [] } missing => $"{missing.Option.Name} needs a value",
            ArgumentResult { Tokens: [] } missing => $"{command.Name} needs a {missing.Argument.Name}",
            not null => error.Message.TrimEnd('.'),
            null when unknown is null => parsed.Errors[0].Message.TrimEnd('.'),
            null when unknown.StartsWith('-') => NoSuchOption(unknown),
            null => $"Unexpected argument \"{unknown}\"",
        };
    }
}
