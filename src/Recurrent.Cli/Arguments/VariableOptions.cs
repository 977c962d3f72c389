using System.CommandLine;

namespace Recurrent.Cli.Arguments;

/// <summary>Options of a verb that are read from the environment where the command line has none.</summary>
internal static class VariableOptions
{
    private const string Prefix = "RECURRENT_";

    /// <summary>Adds to arguments the options of their verb that variables give.</summary>
    /// <param name="root">The command that all verbs are under.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="variable">The value of a variable; null or empty where there is none.</param>
    public static IReadOnlyList<string> WithVariables(
        this Verb root,
        IReadOnlyList<string> arguments,
        Func<string, string?> variable
    )
    {
        if (
            arguments is not [var name, ..]
            || root.Subcommands.FirstOrDefault(verb => verb.Name == name) is not Verb { ReadsVariables: true } verb
        )
        {
            return arguments;
        }
        var rest = arguments.Skip(1);
        var given = rest.TakeWhile(argument => argument != "--").Select(argument => argument.Split('=', ':')[0]);
        return
        [
            name,
            .. verb.Options.ExceptBy(given, option => option.Name).SelectMany(option => Given(option, variable)),
            .. rest,
        ];
    }

    /// <summary>The variable of an option: RECURRENT_MAX_ROWS for --max-rows.</summary>
    public static string NameOf(Option option) => NameOf(option.Name);

    /// <summary>The message for a wrong option, which names the variable where that has given it.</summary>
    /// <param name="options">The options that variables have given, as arguments.</param>
    /// <param name="message">The message, which begins with the option's name.</param>
    public static string InWordsOf(IEnumerable<string> options, string message) =>
        options
            .Select(option => option.Split('=')[0])
            .FirstOrDefault(name => message.StartsWith($"{name} ", StringComparison.Ordinal))
            is { } wrong
            ? NameOf(wrong) + message[wrong.Length..]
            : message;

    private static string NameOf(string option) => Prefix + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    private static IEnumerable<string> Given(Option option, Func<string, string?> variable)
    {
        if (variable(NameOf(option)) is not { Length: > 0 } value)
        {
            return [];
        }
        if (option is Option<bool>)
        {
            var flag = value switch
            {
                "1" => "true",
                "0" => "false",
                _ => value,
            };
            return [$"{option.Name}={flag}"];
        }
        var values =
            option.Arity.MaximumNumberOfValues > 1 ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [value];
        return values.Select(one => $"{option.Name}={one}");
    }
}
