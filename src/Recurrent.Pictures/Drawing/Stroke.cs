namespace Recurrent.Pictures.Drawing;

/// <summary>A path with its style.</summary>
/// <param name="Path">The path's data.</param>
/// <param name="Style">Classes of <see cref="StyleSheet"/>.</param>
internal readonly record struct Stroke(string Path, string Style)
{
    /// <summary>A path in a series' colour and style.</summary>
    /// <param name="style">The series' style.</param>
    /// <param name="index">Which one of the chart it is.</param>
    /// <param name="isMany">Whether points are so many that they are drawn small.</param>
    /// <param name="path">The path's data.</param>
    public static Stroke Of(SeriesStyle style, int index, bool isMany, string path) =>
        new(
            path,
            style switch
            {
                SeriesStyle.Points => isMany ? $"points many s{index}" : $"points s{index}",
                SeriesStyle.Dashed => $"line dashed s{index}",
                _ => $"line s{index}",
            }
        );
}
