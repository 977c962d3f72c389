using System.Globalization;

namespace Recurrent.Pictures.Drawing;

/// <summary>
/// From numbers to colours that differ in lightness, so that they can be told apart with any colour vision and in
/// print, and on light and dark pages.
/// </summary>
internal sealed class ColourScale
{
    private static readonly (double R, double G, double B)[] s_oneSided =
    [
        (238, 243, 249),
        (158, 202, 225),
        (66, 146, 198),
        (8, 81, 156),
        (8, 40, 90),
    ];

    private static readonly (double R, double G, double B)[] s_twoSided =
    [
        (5, 65, 130),
        (86, 160, 211),
        (245, 245, 245),
        (240, 150, 70),
        (150, 60, 0),
    ];

    private const double NearZero = 0.1; // of the far end

    private readonly (double R, double G, double B)[] _stops;

    /// <summary>The scale for numbers within a range; one that begins or ends near zero does so at zero.</summary>
    public ColourScale(double minimum, double maximum)
    {
        var isTwoSided = minimum < 0 && maximum > 0;
        var far = Math.Max(-minimum, maximum);
        (Minimum, Maximum) =
            isTwoSided ? (-far, far)
            : minimum >= 0 && minimum < NearZero * maximum ? (0, maximum)
            : maximum <= 0 && maximum > NearZero * minimum ? (minimum, 0)
            : (minimum, maximum);
        _stops = isTwoSided ? s_twoSided : s_oneSided;
    }

    /// <summary>The number at the lower end; with numbers on both sides of zero as far from it as the upper.</summary>
    public double Minimum { get; }

    /// <summary>The number at the upper end.</summary>
    public double Maximum { get; }

    /// <summary>The colour of a number, as <c>#rrggbb</c>.</summary>
    public string Of(double value)
    {
        var (r, g, b) = Mixed(value);
        return string.Create(CultureInfo.InvariantCulture, $"#{Byte(r):x2}{Byte(g):x2}{Byte(b):x2}");
    }

    /// <summary>Whether text on a number's colour is to be light.</summary>
    public bool IsDark(double value)
    {
        var (r, g, b) = Mixed(value);
        // Where black and white text stand out alike: a relative luminance of 0.18.
        return (0.2126 * Linear(r)) + (0.7152 * Linear(g)) + (0.0722 * Linear(b)) < 0.18;
    }

    private (double R, double G, double B) Mixed(double value)
    {
        var place =
            Maximum > Minimum ? Math.Clamp(((value / 2) - (Minimum / 2)) / ((Maximum / 2) - (Minimum / 2)), 0, 1) : 0.5;
        var at = place * (_stops.Length - 1);
        var from = Math.Min((int)at, _stops.Length - 2);
        var (a, b, part) = (_stops[from], _stops[from + 1], at - from);
        return (a.R + (part * (b.R - a.R)), a.G + (part * (b.G - a.G)), a.B + (part * (b.B - a.B)));
    }

    private static int Byte(double channel) => (int)Math.Round(channel, MidpointRounding.AwayFromZero);

    private static double Linear(double channel) => Math.Pow(channel / 255, 2.2);
}
