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
/// <param name="Name">What the legend calls it; empty to leave it out of the legend.</param>
/// <param name="X">Where the points stand along the chart, finite (points).</param>
/// <param name="Y">How high the points stand, finite (points).</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>How it is drawn; a line unless told otherwise.</summary>
    public SeriesStyle Style { get; init; }
}
