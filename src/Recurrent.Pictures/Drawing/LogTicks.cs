using System.Globalization;

namespace Recurrent.Pictures.Drawing;

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
        if (decades * 3 <= most && Multiples(minimum, maximum, [1, 2, 5]) is { Count: >= 3 } fine)
        {
            return fine;
        }
        if (decades < 1)
        {
            if (Multiples(minimum, maximum, [1, 2, 3, 5, 7]) is { Count: >= 3 } finer)
            {
                return finer;
            }
            return LinearTicks.Within(minimum, maximum, most);
        }
        var stride = Math.Max(1, (int)Math.Ceiling(decades / most));
        return
        [
            .. Powers(minimum, maximum)
                .Where(exponent => exponent % stride == 0)
                .Select(exponent => new Tick(Math.Pow(10, exponent), Text(exponent))),
        ];
    }

    /// <summary>All multiples of powers of ten within a range, the unlabelled marks that tell the eye the scale.</summary>
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
                    exponent
                        .ToString(CultureInfo.InvariantCulture)
                        .Select(c => c == '-' ? '⁻' : Superscripts[c - '0'])
                );
}
