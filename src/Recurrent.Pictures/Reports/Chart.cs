namespace Recurrent.Pictures.Reports;

/// <summary>One chart of a report.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="X">The axis along the bottom.</param>
/// <param name="Y">The axis along the left side.</param>
/// <param name="Series">What is drawn, 1 to 6 of them.</param>
public sealed record Chart(string Title, Axis X, Axis Y, IReadOnlyList<Series> Series);
