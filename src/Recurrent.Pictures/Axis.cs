namespace Recurrent.Pictures;

/// <summary>One axis of a chart.</summary>
/// <param name="Label">What it measures, with its unit, such as <c>time (s)</c>.</param>
/// <example>
/// <code>
/// var axis = new Axis("perplexity") { IsLogarithmic = true, Minimum = 1 };
/// </code>
/// </example>
public sealed record Axis(string Label)
{
    /// <summary>
    /// Whether equal ratios are equal distances, for which all values must be above zero; false by default: equal
    /// differences are.
    /// </summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>The value that it begins at; null to begin where the values do. What lies below is cut off.</summary>
    public double? Minimum { get; init; }

    /// <summary>The value that it ends at; null to end where the values do. What lies above is cut off.</summary>
    public double? Maximum { get; init; }
}
