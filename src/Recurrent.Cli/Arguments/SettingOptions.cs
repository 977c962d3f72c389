using System.CommandLine;
using Recurrent.Cli.Hosting;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>The options of a table of settings, one for each row.</summary>
/// <typeparam name="TOwner">The record that has the settings.</typeparam>
/// <param name="settings">The rows.</param>
internal sealed class SettingOptions<TOwner>(IReadOnlyList<Setting<TOwner>> settings)
{
    private const int MaxHelpName = 40; // characters that the help has room for

    private readonly (Setting<TOwner> Setting, Option Option)[] _rows =
    [
        .. settings.Select(setting => (setting, OptionOf(setting))),
    ];

    /// <summary>Adds the options of a group to a verb, in the order of the table.</summary>
    public void AddTo(Verb verb, SettingGroup group) =>
        verb.Add(HeadingOf(group), [.. _rows.Where(row => row.Setting.Group == group).Select(row => row.Option)]);

    /// <summary>The heading of a group in the help.</summary>
    public static string HeadingOf(SettingGroup group) => $"{group}:";

    /// <summary>
    /// The arguments, with the value that it stands for after each option that is given alone: the parser would take
    /// whatever follows for its value.
    /// </summary>
    public IReadOnlyList<string> WithValues(IReadOnlyList<string> arguments)
    {
        string[] with = [.. arguments];
        for (var i = 0; i < with.Length && with[i] != "--"; i++)
        {
            var setting = Array.Find(_rows, row => row.Setting.Option == with[i]).Setting;
            if (
                setting?.WithoutValue is { } value
                && (i + 1 == with.Length || setting.ProblemOf(with[i + 1]) is not null)
            )
            {
                with[i] += $"={value}";
            }
        }
        return with;
    }

    /// <summary>Settings with what is given in place of what was planned.</summary>
    public TOwner Apply(ParseResult parsed, TOwner planned) =>
        _rows
            .Where(row => row.Option.IsGiven(parsed))
            .Aggregate(planned, (owner, row) => row.Setting.With(owner, ValueOf(parsed, row.Option)));

    /// <summary>Makes sure that each option that is given serves a purpose.</summary>
    /// <exception cref="UsageException">One would change nothing; the message says what to add.</exception>
    public void Check(ParseResult parsed, SettingChoices choices)
    {
        foreach (var (setting, option) in _rows)
        {
            if (option.IsGiven(parsed) && setting.Refusal(choices) is { } refusal)
            {
                throw new UsageException($"{setting.Option} {refusal}.");
            }
        }
    }

    /// <summary>The first option that is given of those that a caller looks for; null for none.</summary>
    public string? Given(ParseResult parsed, Func<Setting<TOwner>, bool> wanted) =>
        Array.Find(_rows, row => wanted(row.Setting) && row.Option.IsGiven(parsed)).Setting?.Option;

    /// <summary>The value that is given for a setting; something else where none is.</summary>
    public T Of<T>(ParseResult parsed, Setting<TOwner, T> setting, T otherwise)
    {
        var option = Array.Find(_rows, row => row.Setting == setting).Option;
        return option.IsGiven(parsed) && setting.Values.TryParse(ValueOf(parsed, option), out var value)
            ? value
            : otherwise;
    }

    private static string ValueOf(ParseResult parsed, Option option) =>
        option is Option<string> text ? parsed.GetRequiredValue(text) : "true";

    /// <summary>Choices that the help breaks between two of them: it breaks lines at blanks alone.</summary>
    private static string Foldable(string placeholder) =>
        placeholder.Length <= MaxHelpName
            ? placeholder
            : placeholder.Insert(placeholder.LastIndexOf('|', MaxHelpName) + 1, " ");

    private static Option OptionOf(Setting<TOwner> setting)
    {
        if (setting.Placeholder is null)
        {
            return new Option<bool>(setting.Option) { Description = setting.Help };
        }
        var option = new Option<string>(setting.Option)
        {
            Description = setting.Help,
            HelpName = Foldable(setting.Placeholder),
        };
        if (setting.Alias is { } alias)
        {
            option.Aliases.Add(alias);
        }
        if (setting.Placeholder.Contains('|', StringComparison.Ordinal))
        {
            // A placeholder within a choice, such as gpu:N, is none.
            option.CompletionSources.Add([
                .. setting.Placeholder.Split('|').Where(word => setting.ProblemOf(word) is null),
            ]);
        }
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && setting.ProblemOf(token.Value) is { } problem)
            {
                result.AddError($"{setting.Option} is \"{token.Value}\" and {problem}");
            }
        });
        return option;
    }
}
