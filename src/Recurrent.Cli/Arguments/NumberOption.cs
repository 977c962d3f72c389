using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Recurrent.Cli.Arguments;

/// <summary>Options that take a number within bounds; an error names the option, the value and the bounds.</summary>
internal static class NumberOption
{
    /// <summary>
    /// Creates an option for a whole number from <paramref name="min"/> to <paramref name="max"/>; the largest value of
    /// the type stands for no maximum.
    /// </summary>
    public static Option<T> Whole<T>(string name, string description, T min, T max, T byDefault)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        new(name)
        {
            Description = $"{description}{HelpOf(min, max)}",
            HelpName = "N",
            DefaultValueFactory = _ => byDefault,
            CustomParser = result => ParseWhole(result, name, min, max),
        };

    /// <summary>
    /// Creates an option for a whole number from <paramref name="min"/> to <paramref name="max"/>, without a default.
    /// </summary>
    public static Option<T?> OptionalWhole<T>(string name, string description, T min, T max)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        new(name)
        {
            Description = $"{description}{HelpOf(min, max)}",
            HelpName = "N",
            CustomParser = result => ParseWhole(result, name, min, max),
        };

    /// <summary>Creates an option for a number within bounds.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help.</param>
    /// <param name="accepts">Tells whether a value is within the bounds.</param>
    /// <param name="bounds">The bounds in words, such as "above 0 and at most 10".</param>
    /// <param name="byDefault">The default value.</param>
    public static Option<double> Real(
        string name,
        string description,
        Predicate<double> accepts,
        string bounds,
        double byDefault
    ) =>
        new(name)
        {
            Description = $"{description} [{bounds}]",
            HelpName = "X",
            DefaultValueFactory = _ => byDefault,
            CustomParser = result => ParseReal(result, name, accepts, bounds),
        };

    /// <summary>Creates an option for a number within bounds, without a default.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help, with what happens if it is not given.</param>
    /// <param name="accepts">Tells whether a value is within the bounds.</param>
    /// <param name="bounds">The bounds in words, such as "above 0 and at most 10".</param>
    public static Option<double?> OptionalReal(
        string name,
        string description,
        Predicate<double> accepts,
        string bounds
    ) =>
        new(name)
        {
            Description = $"{description} [{bounds}]",
            HelpName = "X",
            CustomParser = result => ParseReal(result, name, accepts, bounds),
        };

    // No one needs to be told that a number is at least 0, nor the largest number of a type.
    private static string HelpOf<T>(T min, T max)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        max < T.MaxValue ? $" [{min:#,0} to {max:#,0}]"
        : min > T.Zero ? $" [at least {min:#,0}]"
        : "";

    private static double ParseReal(
        ArgumentResult result,
        string name,
        Predicate<double> accepts,
        string bounds
    )
    {
        var valid =
            double.TryParse(TextOf(result), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && accepts(value);
        var of = bounds.StartsWith("at ", StringComparison.Ordinal) ? "of " : "";
        return valid ? value : Refuse<double>(result, name, $"a number {of}{bounds}");
    }

    private static T ParseWhole<T>(ArgumentResult result, string name, T min, T max)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var isWhole = BigInteger.TryParse(
            TextOf(result),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out var value
        );
        var isTooLarge = isWhole && value > BigInteger.CreateChecked(max);
        if (isWhole && !isTooLarge && value >= BigInteger.CreateChecked(min))
        {
            return T.CreateChecked(value);
        }
        return Refuse<T>(
            result,
            name,
            max < T.MaxValue ? $"a whole number from {min} to {max}"
                : isTooLarge ? $"at most {max}"
                : $"a whole number of at least {min}"
        );
    }

    private static string TextOf(ArgumentResult result) => result.Tokens[0].Value;

    private static T Refuse<T>(ArgumentResult result, string name, string expected)
        where T : struct
    {
        result.AddError($"{name} is \"{TextOf(result)}\" and must be {expected}");
        return default;
    }
}
