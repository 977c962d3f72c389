using System.CommandLine;
using System.Globalization;

namespace Recurrent.Cli.Arguments;

/// <summary>An option that takes a span of time: 30s, 5m or 1.5h.</summary>
internal static class DurationOption
{
    private static readonly TimeSpan s_max = TimeSpan.FromHours(24);

    /// <summary>Creates an option for a span from 0 to a day, with no default.</summary>
    public static Option<TimeSpan?> Create(string name, string description) =>
        new(name)
        {
            Description = $"{description} [such as 30s, 5m or 1.5h, up to 24h]",
            HelpName = "TIME",
            CustomParser = result =>
            {
                if (Parse(result.Tokens[0].Value) is { } span)
                {
                    return span;
                }
                result.AddError(
                    $"{name} is \"{result.Tokens[0].Value}\" and must be a time such as 30s, 5m or 1.5h, up to 24h"
                );
                return default;
            },
        };

    private static TimeSpan? Parse(string text)
    {
        if (text == "0")
        {
            return TimeSpan.Zero;
        }
        var seconds =
            text.Length == 0
                ? 0
                : text[^1] switch
                {
                    's' => 1,
                    'm' => 60,
                    'h' => 3600,
                    _ => 0,
                };
        var valid = double.TryParse(
            text.AsSpan(0, Math.Max(text.Length - 1, 0)),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        );
        return valid && seconds > 0 && number * seconds <= s_max.TotalSeconds
            ? TimeSpan.FromSeconds(number * seconds)
            : null;
    }
}
