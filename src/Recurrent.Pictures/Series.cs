namespace Recurrent.Pictures;

/// <summary>How a series is drawn.</summary>
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
/// <param name="name">What the legend calls it; empty to leave it out of the legend.</param>
/// <param name="x">Where the points stand along the chart, finite (points).</param>
/// <param name="y">How high the points stand, finite (points).</param>
public sealed class Series(string name, IReadOnlyList<double> x, IReadOnlyList<double> y)
{
    /// <summary>What the legend calls it; empty to leave it out of the legend.</summary>
    public string Name { get; } = name;

    /// <summary>Where the points stand along the chart (points).</summary>
    public IReadOnlyList<double> X { get; } = x;

    /// <summary>How high the points stand (points).</summary>
    public IReadOnlyList<double> Y { get; } = y;

    /// <summary>How it is drawn; a line unless told otherwise.</summary>
    public SeriesStyle Style { get; init; }
}
