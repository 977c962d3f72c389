using System.Globalization;

namespace Recurrent.Pictures.Drawing;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where it stands.</param>
/// <param name="Text">What it says.</param>
internal readonly record struct Tick(double Value, string Text);

/// <summary>Marks at multiples of 1, 2 or 5 times a power of ten.</summary>
internal static class LinearTicks
{
    /// <summary>Fewer marks do not show what an axis measures.</summary>
    public const int LeastTicks = 3;

    private const int MaxDecimals = 5; // from this many zeros on, powers of ten are written as such
    private const double Large = 1e7;
    private const double Tolerance = 1e-9; // of a step: an end that is a multiple but for rounding is one

    /// <summary>The multiples within a range, with the one before and the one after it.</summary>
    /// <param name="minimum">Lower end, finite.</param>
    /// <param name="maximum">Upper end, finite and above the lower.</param>
    /// <param name="most">
    /// The most intervals between marks within the range, at least 1; from 2 on there are more where there would be
    /// less than three marks.
    /// </param>
    /// <param name="isWhole">Whether only whole numbers are marked.</param>
    public static IReadOnlyList<Tick> Around(double minimum, double maximum, int most, bool isWhole = false) =>
        Enough(most, most, few => Multiples(minimum, maximum, few, isWhole));

    /// <summary>The marks of <see cref="Around"/> that are within the range, with three of them there.</summary>
    public static IReadOnlyList<Tick> Within(double minimum, double maximum, int most, bool isWhole = false)
    {
        var room = (maximum - minimum) * Tolerance;
        return Enough(
            most,
            most,
            few =>
                [
                    .. Multiples(minimum, maximum, few, isWhole)
                        .Where(tick => tick.Value >= minimum - room && tick.Value <= maximum + room),
                ]
        );
    }

    /// <summary>The marks, closer together if they would be less than three and more are wanted.</summary>
    private static IReadOnlyList<Tick> Enough(int wanted, int most, Func<int, IReadOnlyList<Tick>> marks)
    {
        const int Closest = 16; // intervals: of whole numbers there may be less than three
        var ticks = marks(most);
        return ticks.Count >= LeastTicks || wanted < LeastTicks - 1 || most > Closest
            ? ticks
            : Enough(wanted, most + 1, marks);
    }

    private static IReadOnlyList<Tick> Multiples(double minimum, double maximum, int most, bool isWhole)
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

/// <summary>Marks on a logarithmic axis: powers of ten, with 2 and 5 times them where there is room.</summary>
internal static class LogTicks
{
    private const int LargestWritten = 6; // a million; beyond it, and below, as 10ⁿ
    private const int SmallestWritten = -5;
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>The marks within a range.</summary>
    /// <param name="minimum">Lower end, above zero.</param>
    /// <param name="maximum">Upper end, above the lower.</param>
    /// <param name="most">The most intervals between marks, at least 1.</param>
    public static IReadOnlyList<Tick> Of(double minimum, double maximum, int most)
    {
        var decades = Math.Log10(maximum) - Math.Log10(minimum);
        var stride = Math.Max(1, (int)Math.Ceiling(decades / most));
        var least = most > 1 ? LinearTicks.LeastTicks : 1;
        return Candidates().FirstOrDefault(ticks => ticks.Count >= least) ?? LinearTicks.Within(minimum, maximum, most);

        IEnumerable<IReadOnlyList<Tick>> Candidates()
        {
            if (decades * (decades < 2.5 ? 1.9 : 3) <= most) // of few decades all three can be read, though closer
            {
                yield return Multiples(minimum, maximum, [1, 2, 5]);
            }
            for (var every = stride; every > 0 && decades >= 1; every--)
            {
                yield return
                [
                    .. Powers(minimum, maximum)
                        .Where(exponent => exponent % every == 0)
                        .Select(exponent => new Tick(Math.Pow(10, exponent), Text(exponent))),
                ];
            }
            if (decades >= 1)
            {
                yield return Multiples(minimum, maximum, [1, 3]);
                yield return Multiples(minimum, maximum, [1, 2, 5]);
            }
            yield return Multiples(minimum, maximum, [1, 2, 3, 5, 7]);
        }
    }

    /// <summary>All multiples of powers of ten within a range: the unlabelled marks that show the scale.</summary>
    public static IReadOnlyList<double> Minor(double minimum, double maximum) =>
        Math.Log10(maximum) - Math.Log10(minimum) > LargestWritten
            ? []
            : [.. Multiples(minimum, maximum, [2, 3, 4, 5, 6, 7, 8, 9]).Select(tick => tick.Value)];

    private static List<Tick> Multiples(double minimum, double maximum, double[] factors) =>
        [
            .. from exponent in Powers(minimum / 10, maximum)
            from factor in factors
            let value = exponent >= 0 ? factor * Math.Pow(10, exponent) : factor / Math.Pow(10, -exponent)
            where value >= minimum && value <= maximum
            select new Tick(value, factor == 1 ? Text(exponent) : LinearTicks.Text(value, exponent)),
        ];

    /// <summary>The exponents of the powers of ten within a range.</summary>
    private static IEnumerable<int> Powers(double minimum, double maximum)
    {
        var first = (int)Math.Ceiling(Math.Log10(minimum) - 1e-9);
        var last = (int)Math.Floor(Math.Log10(maximum) + 1e-9);
        return Enumerable.Range(first, Math.Max(0, last - first + 1));
    }

    private static string Text(int exponent) =>
        exponent is >= SmallestWritten and <= LargestWritten
            ? LinearTicks.Text(exponent >= 0 ? Math.Pow(10, exponent) : 1 / Math.Pow(10, -exponent), exponent)
            : "10"
                + string.Concat(
                    exponent.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : Superscripts[c - '0'])
                );
}
