namespace Recurrent.Pictures;

/// <summary>A layout of values along an axis.</summary>
public enum AxisScale
{
    /// <summary>Equal differences are equal distances.</summary>
    Linear,

    /// <summary>Equal ratios are equal distances; all values must be above zero.</summary>
    Log,
}

/// <summary>One axis of a chart.</summary>
/// <param name="Label">What it measures, with its unit, such as <c>time (s)</c>.</param>
public sealed record Axis(string Label)
{
    /// <summary>The layout of values along it; linear by default.</summary>
    public AxisScale Scale { get; init; }

    /// <summary>The value that it begins at; null to begin where the values do. What lies below is cut off.</summary>
    public double? Minimum { get; init; }

    /// <summary>The value that it ends at; null to end where the values do. What lies above is cut off.</summary>
    public double? Maximum { get; init; }
}
