using System.Globalization;

namespace Recurrent.Pictures.Drawing;

/// <summary>Lengths and places in pixels, as the SVG says them: to a tenth, the same on every machine.</summary>
internal static class Px
{
    /// <summary>The number as SVG text.</summary>
    public static string Of(double pixels)
    {
        var rounded = Math.Round(pixels, 1, MidpointRounding.AwayFromZero);
        return (rounded == 0 ? 0 : rounded).ToString("0.#", CultureInfo.InvariantCulture); // no -0
    }
}
