namespace Recurrent.Pictures.Drawing;

/// <summary>The title of a picture, in as many lines as it needs.</summary>
internal static class Heading
{
    private const double LineHeight = 24;

    /// <summary>The lines of a title, and where what stands below it begins.</summary>
    /// <param name="title">The title; empty for none.</param>
    /// <param name="pad">Room around the picture, in pixels.</param>
    /// <param name="width">Width of the picture, in pixels.</param>
    public static (IReadOnlyList<Label> Lines, double Bottom) Of(string title, double pad, double width)
    {
        var lines = TextLines.Of(title, StyleSheet.TitleSize, width - (2 * pad));
        var labels = lines.Select(
            (line, i) => new Label(pad, pad + StyleSheet.TitleSize - 2 + (i * LineHeight), line, "title")
        );
        return ([.. labels], lines.Count > 0 ? pad + (lines.Count * LineHeight) + 4 : pad);
    }
}
