using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures;

/// <summary>From values to places along an axis, 0 at its beginning and 1 at its end, with its marks.</summary>
internal sealed class Scale
{
    private const double Margin = 0.04; // of a logarithmic axis, on either side of its values
    private const double Least = 1e-9; // of the values, that an axis can show
    private const double FarOff = 20; // axes away; drawing programs lose their way beyond

    private readonly bool _isLog;
    private readonly double _from;
    private readonly double _to;

    private Scale(bool isLog, double minimum, double maximum, IReadOnlyList<Tick> ticks)
    {
        (_isLog, Ticks) = (isLog, ticks);
        (_from, _to) = (Mapped(minimum), Mapped(maximum));
        MinorTicks = isLog ? LogTicks.Minor(minimum, maximum) : [];
    }

    /// <summary>The marks, with their texts.</summary>
    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>The places of small marks without a text.</summary>
    public IReadOnlyList<double> MinorTicks { get; }

    /// <summary>Lays out an axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">What is shown along it; at least one.</param>
    /// <param name="most">The most intervals between marks.</param>
    /// <param name="isTight">Whether it begins and ends with the values, or at the marks around them.</param>
    public static Scale Of(Axis axis, IReadOnlyCollection<double> values, int most, bool isTight)
    {
        var (minimum, maximum) = Range(axis, values);
        return axis.IsLogarithmic
            ? Log(axis, minimum, maximum, most, isTight)
            : Linear(axis, minimum, maximum, most, isTight, isWhole: values.All(double.IsInteger));
    }

    private static Scale Linear(Axis axis, double minimum, double maximum, int most, bool isTight, bool isWhole)
    {
        if (isWhole)
        {
            (minimum, maximum) = WithThreeWhole(axis, minimum, maximum);
            isWhole = WholeIn(minimum, maximum) >= LinearTicks.LeastTicks;
        }
        if (!isTight)
        {
            var around = LinearTicks.Around(minimum, maximum, most, isWhole);
            minimum = axis.Minimum ?? around[0].Value;
            maximum = axis.Maximum ?? around[^1].Value;
        }
        return new Scale(
            isLog: false,
            minimum,
            maximum,
            LinearTicks.Within(minimum, maximum, isTight ? most : most + 1, isWhole)
        );
    }

    /// <summary>A range with three whole numbers in it, as far as the axis leaves its ends open.</summary>
    private static (double Minimum, double Maximum) WithThreeWhole(Axis axis, double minimum, double maximum)
    {
        var there = WholeIn(minimum, maximum);
        return there >= LinearTicks.LeastTicks
            ? (minimum, maximum)
            : (
                axis.Minimum ?? (Math.Ceiling(minimum) - (there > 1 ? 0 : 1)),
                axis.Maximum ?? (Math.Floor(maximum) + 1)
            );
    }

    private static double WholeIn(double minimum, double maximum) => Math.Floor(maximum) - Math.Ceiling(minimum) + 1;

    private static Scale Log(Axis axis, double minimum, double maximum, int most, bool isTight)
    {
        if (!isTight)
        {
            var margin = Math.Pow(maximum / minimum, Margin);
            minimum = axis.Minimum ?? (minimum / margin);
            maximum = axis.Maximum ?? (maximum * margin);
        }
        return new Scale(isLog: true, minimum, maximum, LogTicks.Of(minimum, maximum, most));
    }

    /// <summary>The place of a value.</summary>
    public double Place(double value) =>
        _isLog && value <= 0 ? -FarOff : Math.Clamp((Mapped(value) - _from) / (_to - _from), -FarOff, FarOff);

    private static (double Minimum, double Maximum) Range(Axis axis, IEnumerable<double> values)
    {
        var (minimum, maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
        {
            (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        }
        minimum = axis.Minimum ?? minimum;
        maximum = axis.Maximum ?? maximum;
        if (maximum - minimum > Least * Math.Max(Math.Abs(minimum), Math.Abs(maximum)))
        {
            return (minimum, maximum);
        }
        // All values are one, or lie beyond the end that was asked for: make room around them.
        if (axis.IsLogarithmic)
        {
            return (axis.Minimum ?? (maximum / 2), axis.Maximum ?? (minimum * 2));
        }
        var room = Math.Max(Math.Max(Math.Abs(minimum), Math.Abs(maximum)) / 10, 1e-3);
        return (axis.Minimum ?? (maximum - room), axis.Maximum ?? (minimum + room));
    }

    private double Mapped(double value) => _isLog ? Math.Log10(value) : value;
}
