using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>Options that take a number within bounds; an error names the option, the value and the bounds.</summary>
internal static class NumberOption
{
    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<T> Whole<T>(string name, string description, T least, T most, T byDefault)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        new(name)
        {
            Description = $"{description} [{Within.From(least, most).Help}]",
            HelpName = "N",
            DefaultValueFactory = _ => byDefault,
            CustomParser = result => ParseWhole(result, name, least, most),
        };

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, or none by default.</summary>
    public static Option<T?> OptionalWhole<T>(string name, string description, T least, T most)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T> =>
        new(name)
        {
            Description = $"{description} [{Within.From(least, most).Help}]",
            HelpName = "N",
            CustomParser = result => ParseWhole(result, name, least, most),
        };

    /// <summary>A number within bounds.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="accepts">Whether a value is within the bounds.</param>
    /// <param name="bounds">The bounds in words, such as "above 0 and at most 10".</param>
    /// <param name="byDefault">The value where none is given.</param>
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

    /// <summary>A number within bounds, or none by default.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="description">What it is for, and what is done where none is given.</param>
    /// <param name="accepts">Whether a value is within the bounds.</param>
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
        return valid ? value : Refuse<double>(result, name, $"a number {bounds}");
    }

    private static T ParseWhole<T>(ArgumentResult result, string name, T least, T most)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var values = new NumberValues<T>(Within.From(least, most));
        return values.TryParse(TextOf(result), out var value)
            ? value
            : Refuse<T>(result, name, values.Expected);
    }

    private static string TextOf(ArgumentResult result) => result.Tokens[0].Value;

    private static T Refuse<T>(ArgumentResult result, string name, string expected)
        where T : struct
    {
        result.AddError($"{name} is \"{TextOf(result)}\" and must be {expected}");
        return default;
    }
}
