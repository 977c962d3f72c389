namespace Recurrent.Pictures.Drawing;

/// <summary>
/// The colours, each for a light and a dark page. Those of the series can be told apart with any colour vision (after
/// Okabe and Ito) and have a contrast of at least 3 to 1 with their page; text has at least 4.5 to 1.
/// </summary>
internal static class Palette
{
    /// <summary>A colour on either page.</summary>
    public readonly record struct Colour(string Light, string Dark);

    /// <summary>The page.</summary>
    public static Colour Page { get; } = new("#ffffff", "#0d1117");

    /// <summary>Titles and values.</summary>
    public static Colour Text { get; } = new("#1f2328", "#e6edf3");

    /// <summary>Labels of axes and captions.</summary>
    public static Colour Quiet { get; } = new("#57606a", "#9da7b3");

    /// <summary>Grid lines.</summary>
    public static Colour Grid { get; } = new("#e1e5ea", "#262c36");

    /// <summary>Axes and the edges of cells.</summary>
    public static Colour Edge { get; } = new("#8c959f", "#6e7681");

    /// <summary>The inside of cells.</summary>
    public static Colour Cell { get; } = new("#f3f7fc", "#161f2c");

    /// <summary>The background of highlighted text.</summary>
    public static Colour Mark { get; } = new("#ffd8a8", "#6b3d00");

    /// <summary>The colours of the series, in their order.</summary>
    public static IReadOnlyList<Colour> SeriesColours { get; } =
    [
        new("#0067a8", "#56b4e9"),
        new("#c24e00", "#ff9e4a"),
        new("#007d5c", "#2fc79a"),
        new("#a3448c", "#e79fd2"),
        new("#7a6a00", "#e8d94f"),
        new("#57606a", "#b8c0c8"),
    ];
}
