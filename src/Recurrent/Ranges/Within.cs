using System.Numerics;

namespace Recurrent.Ranges;

/// <summary>Makes bounds in the words that errors use for them.</summary>
internal static class Within
{
    /// <summary>0 or more and below 1: a probability, a momentum.</summary>
    public static Bounds<double> Fraction { get; } = new(0, 1) { IsBelow = true };

    /// <summary>From one number to another, both included.</summary>
    public static Bounds<T> From<T>(T least, T most)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(least, most);

    /// <summary>A number or more.</summary>
    public static Bounds<T> AtLeast<T>(T least)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(least, T.MaxValue);

    /// <summary>Above one number and at most another.</summary>
    public static Bounds<T> Above<T>(T least, T most)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(least, most) { IsAbove = true };
}
