using System.CommandLine;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>An option that takes a span of time: 30s, 5m or 1.5h.</summary>
internal static class DurationOption
{
    private static readonly DurationValues s_values = new();

    /// <summary>A span from 0 to a day, or none by default.</summary>
    public static Option<TimeSpan?> Create(string name, string description) =>
        new(name)
        {
            Description = $"{description} [{s_values.Bounds}]",
            HelpName = s_values.Placeholder,
            CustomParser = result =>
            {
                if (s_values.TryParse(result.Tokens[0].Value, out var span))
                {
                    return span;
                }
                result.AddError($"{name} is \"{result.Tokens[0].Value}\" and must be {s_values.Expected}");
                return default;
            },
        };
}
