namespace Recurrent.Pictures;

/// <summary>The style in which a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line through its points.</summary>
    Line,

    /// <summary>A dashed line through its points.</summary>
    Dashed,

    /// <summary>A dot at each point.</summary>
    Points,
}

/// <summary>One line of a chart, or one cloud of points.</summary>
/// <param name="name">Its name in the legend; empty to leave it out.</param>
/// <param name="x">Where the points stand along the chart, finite (points).</param>
/// <param name="y">How high the points stand, finite (points).</param>
/// <example>
/// <code>
/// var series = new Series("validation", [1, 2, 3], [21.0, 12.5, 8.1]) { Style = SeriesStyle.Dashed };
/// </code>
/// </example>
public sealed class Series(string name, IReadOnlyList<double> x, IReadOnlyList<double> y)
{
    /// <summary>Its name in the legend; empty to leave it out.</summary>
    public string Name { get; } = name;

    /// <summary>The places of the points along the chart, of shape (points).</summary>
    public IReadOnlyList<double> X { get; } = x;

    /// <summary>The heights of the points, of shape (points).</summary>
    public IReadOnlyList<double> Y { get; } = y;

    /// <summary>The style in which it is drawn; a line by default.</summary>
    public SeriesStyle Style { get; init; }
}
