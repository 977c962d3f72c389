using System.Globalization;

namespace Recurrent.Pictures.Drawing;

/// <summary>Marks at multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class LinearTicks
{
    private const int MaxDecimals = 5; // from so many zeros on, powers of ten are written as such
    private const double Large = 1e7;
    private const double Tolerance = 1e-9; // of a step: an end that is a multiple but for rounding is one

    /// <summary>The multiples within a range, with the one before and the one behind it.</summary>
    /// <param name="minimum">Lower end, finite.</param>
    /// <param name="maximum">Upper end, finite and above the lower.</param>
    /// <param name="most">The most intervals between marks within the range, at least 1.</param>
    /// <param name="isWhole">Whether only whole numbers are marked.</param>
    public static IReadOnlyList<Tick> Around(double minimum, double maximum, int most, bool isWhole = false)
    {
        var least = (maximum / most) - (minimum / most);
        var (factor, exponent) = isWhole && least < 1 ? (1, 0) : Step(least);
        var step = Times(factor, exponent);
        var first = Math.Floor((minimum / step) + Tolerance);
        var count = (int)(Math.Ceiling((maximum / step) - Tolerance) - first);
        return
        [
            .. Enumerable
                .Range(0, count + 1)
                .Select(i => Times((first + i) * factor, exponent))
                .Select(value => new Tick(value, Text(value, exponent))),
        ];
    }

    /// <summary>The marks of <see cref="Around"/> that are within the range.</summary>
    public static IReadOnlyList<Tick> Within(double minimum, double maximum, int most, bool isWhole = false)
    {
        var room = (maximum - minimum) * Tolerance;
        return
        [
            .. Around(minimum, maximum, most, isWhole)
                .Where(tick => tick.Value >= minimum - room && tick.Value <= maximum + room),
        ];
    }

    /// <summary>A number with as many decimals as a step of that power of ten needs.</summary>
    public static string Text(double value, int exponent)
    {
        var text =
            Math.Abs(value) >= Large || exponent < -MaxDecimals
                ? value.ToString("0.###e0", CultureInfo.InvariantCulture)
                : value.ToString($"N{Math.Max(0, -exponent)}", CultureInfo.InvariantCulture);
        return text.Replace('-', '\u2212');
    }

    /// <summary>The smallest 1, 2 or 5 times a power of ten that is not below a number.</summary>
    private static (double Factor, int Exponent) Step(double least)
    {
        var exponent = (int)Math.Floor(Math.Log10(least));
        foreach (var factor in (double[])[1, 2, 5])
        {
            if (Times(factor, exponent) >= least)
            {
                return (factor, exponent);
            }
        }
        return (1, exponent + 1);
    }

    // Dividing by a power of ten rounds once, so that 3 tenths are 0.3 and not 0.30000000000000004.
    private static double Times(double factor, int exponent) =>
        exponent >= 0 ? factor * Math.Pow(10, exponent) : factor / Math.Pow(10, -exponent);
}
