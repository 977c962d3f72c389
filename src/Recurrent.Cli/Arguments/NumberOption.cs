using System.CommandLine;
using System.CommandLine.Parsing;
using System.Numerics;
using Recurrent.Ranges;
using Recurrent.Training.Settings;

namespace Recurrent.Cli.Arguments;

/// <summary>Options that take a number within bounds; an error names the option, the value and the bounds.</summary>
internal static class NumberOption
{
    /// <summary>Creates an option for a number within bounds.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help, to which the bounds are added where they say something.</param>
    /// <param name="bounds">The bounds.</param>
    /// <param name="byDefault">The default value.</param>
    public static Option<T> Of<T>(string name, string description, Bounds<T> bounds, T byDefault)
        where T : struct, INumber<T>, IMinMaxValue<T> => Of(name, description, new NumberValues<T>(bounds), byDefault);

    /// <summary>Creates an option for one of the values.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help, to which the bounds are added where they say something.</param>
    /// <param name="values">The values.</param>
    /// <param name="byDefault">The default value.</param>
    public static Option<T> Of<T>(string name, string description, SettingValues<T> values, T byDefault) =>
        new(name)
        {
            Description = Described(description, values),
            HelpName = values.Placeholder,
            DefaultValueFactory = _ => byDefault,
            CustomParser = result => Parse(result, name, values),
        };

    /// <summary>Creates an option for a number within bounds, without a default.</summary>
    /// <param name="name">The name of the option.</param>
    /// <param name="description">Its help, to which the bounds are added where they say something.</param>
    /// <param name="bounds">The bounds.</param>
    /// <param name="byDefault">The default in words.</param>
    public static Option<T?> Optional<T>(string name, string description, Bounds<T> bounds, string byDefault)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var values = new NumberValues<T>(bounds);
        return new(name)
        {
            Description = $"{Described(description, values)} [default: {byDefault}]",
            HelpName = values.Placeholder,
            CustomParser = result => Parse(result, name, values),
        };
    }

    private static string Described<T>(string description, SettingValues<T> values) =>
        values.Bounds is { } bounds ? $"{description} [{bounds}]" : description;

    private static T Parse<T>(ArgumentResult result, string name, SettingValues<T> values)
    {
        var text = result.Tokens[0].Value;
        if (!values.TryParse(text, out var value))
        {
            result.AddError($"{name} is \"{text}\" and must be {values.ExpectedFor(text)}");
        }
        return value;
    }
}
