namespace Recurrent.Pictures.Reports;

/// <summary>The longest run of a text by a model that stands in the text it was trained on.</summary>
/// <param name="Summary">How long it is, in a sentence or two.</param>
/// <param name="Before">The text before the run.</param>
/// <param name="Run">The run; empty for none.</param>
/// <param name="After">The text behind the run.</param>
public sealed record Memorisation(string Summary, string Before, string Run, string After);
