namespace Recurrent.Pictures.Reports;

/// <summary>A value by name.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">What it came to, with its unit.</param>
public sealed record Fact(string Name, string Value);
