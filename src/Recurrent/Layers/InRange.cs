using System.Numerics;

namespace Recurrent.Layers;

/// <summary>Holds options to their ranges.</summary>
internal static class InRange
{
    /// <summary>The value, which must be <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static T Whole<T>(string name, T value, T least, T most)
        where T : IBinaryInteger<T> =>
        value >= least && value <= most ? value : throw Wrong(name, value, $"{least} to {most}");

    /// <summary>The probability to drop a value, which must be 0 or more and below 1.</summary>
    public static double Dropout(string name, double value) =>
        value is >= 0 and < 1 ? value : throw Wrong(name, value, "0 or more and below 1");

    /// <summary>A standard deviation, which must be above 0 and at most <paramref name="most"/>, or null.</summary>
    public static double? Deviation(string name, double? value, double most) =>
        value is null || (value > 0 && value <= most)
            ? value
            : throw Wrong(name, value, $"above 0 and at most {most}, or null for PyTorch's initial values");

    private static ArgumentOutOfRangeException Wrong(string name, object? value, string bounds) =>
        new(name, $"{name} is {value} and must be {bounds}.");
}
