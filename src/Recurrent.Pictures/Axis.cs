namespace Recurrent.Pictures;

/// <summary>How values are laid out along an axis.</summary>
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
    /// <summary>How values are laid out along it; linear unless told otherwise.</summary>
    public AxisScale Scale { get; init; }

    /// <summary>Where it begins; null to begin where the values do. What lies below is cut off.</summary>
    public double? Minimum { get; init; }

    /// <summary>Where it ends; null to end where the values do. What lies above is cut off.</summary>
    public double? Maximum { get; init; }
}
