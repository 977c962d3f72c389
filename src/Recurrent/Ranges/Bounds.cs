using System.Globalization;
using System.Numerics;

namespace Recurrent.Ranges;

/// <summary>
/// The numbers that something may be, and the words for them: every range check of the house, and its sentence.
/// </summary>
/// <typeparam name="T">The type of the numbers.</typeparam>
/// <param name="Least">The smallest number.</param>
/// <param name="Most">The largest number.</param>
internal sealed record Bounds<T>(T Least, T Most)
    where T : struct, INumber<T>, IMinMaxValue<T>
{
    private static readonly T s_most = T.CreateSaturating(1e15);

    /// <summary>Whether the smallest number itself is outside.</summary>
    public bool IsAbove { get; init; }

    /// <summary>Whether the largest number itself is outside.</summary>
    public bool IsBelow { get; init; }

    /// <summary>Whether the numbers are whole.</summary>
    public bool IsWhole { get; } = T.IsInteger(T.One / (T.One + T.One)); // a half is 0, or it is none

    /// <summary>
    /// The kind of number and the bounds, such as "a whole number from 1 to 64" or "a number from 0 to below 1".
    /// </summary>
    public string Expected => $"a {(IsWhole ? "whole " : "")}number {Words}";

    /// <summary>The bounds alone, such as "from 1 to 64" or "above 0 and at most 1000".</summary>
    public string Words =>
        (IsAbove, IsBelow) switch
        {
            (false, _) when IsOpen => $"of at least {Text(Least)}",
            (false, false) => $"from {Text(Least)} to {Text(Most)}",
            (false, true) => $"from {Text(Least)} to below {Text(Most)}",
            (true, _) when IsOpen => $"above {Text(Least)}",
            (true, false) => $"above {Text(Least)} and at most {Text(Most)}",
            (true, true) => $"above {Text(Least)} and below {Text(Most)}",
        };

    /// <summary>
    /// The bounds for people to read; null where they say no more than that a number is not negative.
    /// </summary>
    public string? Help =>
        IsOpen
            ? Least > T.Zero || IsAbove
                ? Words.Replace("of ", "", StringComparison.Ordinal)
                : null
            : IsWhole
                ? $"{Text(Least)} to {Text(Most)}"
                : Words;

    /// <summary>Whether the largest number is only what the type can hold, infinity or not.</summary>
    public bool IsOpen => Most >= T.MaxValue;

    /// <summary>Whether a number is within the bounds; what is not a number is not.</summary>
    public bool Contains(T value) =>
        (IsAbove ? value > Least : value >= Least) && (IsBelow ? value < Most : value <= Most);

    /// <summary>The value, which must be within the bounds.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="value">The value.</param>
    /// <param name="wayOut">What to do instead; null where the bounds say enough.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside.</exception>
    public T Require(string name, T value, string? wayOut = null) =>
        Contains(value) ? value : throw Error(name, value, wayOut);

    /// <summary>The value, which must be within the bounds or null.</summary>
    /// <inheritdoc cref="Require(string, T, string?)"/>
    public T? Require(string name, T? value, string? wayOut = null) =>
        value is { } number ? Require(name, number, wayOut) : null;

    /// <summary>The error about a value outside, for places that check by themselves because they are hot.</summary>
    /// <inheritdoc cref="Require(string, T, string?)"/>
    public ArgumentOutOfRangeException Error(string name, T value, string? wayOut = null) =>
        new(name, $"{name} is {Text(value)} and must be {Expected}{(wayOut is null ? "" : $"; {wayOut}")}.");

    /// <summary>A number as text, the same in every culture; whole ones that people count by, in groups.</summary>
    public static string Text(T value) =>
        value.ToString(
            T.IsInteger(value) && value <= s_most && value >= -s_most ? "#,0" : null,
            CultureInfo.InvariantCulture
        );
}
