using System.Text;
using Recurrent.Pictures;

namespace Recurrent.Reports;

/// <summary>A value by name.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The value as text, with its unit.</param>
internal sealed record Fact(string Name, string Value);

/// <summary>A text that a model wrote.</summary>
/// <param name="When">The time, such as an epoch.</param>
/// <param name="Prompt">What it was given to continue.</param>
/// <param name="Text">What it added.</param>
internal sealed record Sample(string When, string Prompt, string Text);

/// <summary>The longest run of a model's text that also occurs in the text it was trained on.</summary>
/// <param name="Summary">How long it is, in a sentence or two.</param>
/// <param name="Before">The text before the run.</param>
/// <param name="Run">The run; empty for none.</param>
/// <param name="After">The text after the run.</param>
internal sealed record MemorisedRun(string Summary, string Before, string Run, string After);

/// <summary>
/// A page on one training run: its results, curves and samples, what the model memorised, and its settings. One HTML
/// file that needs no other file, no network and no scripts, legible on light and dark pages.
/// </summary>
/// <remarks>The report shows what it is given, in that order, and computes nothing.</remarks>
internal sealed class Report
{
    // Every report begins with this, and is recognised by it.
    private const string Beginning = "<!DOCTYPE html>\n<!-- A training report by Recurrent -->\n";

    /// <summary>The name of what was trained, such as the text's.</summary>
    public required string Title { get; init; }

    /// <summary>The model and the text in one line.</summary>
    public required string Subtitle { get; init; }

    /// <summary>The results.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>The curves: the first large, the others small beside it if the page is wide enough.</summary>
    public IReadOnlyList<LineChart> Charts { get; init; } = [];

    /// <summary>The texts that the model wrote, earliest first.</summary>
    public IReadOnlyList<Sample> Samples { get; init; } = [];

    /// <summary>The passage that the model has memorised; null if it cannot generate.</summary>
    public MemorisedRun? Memorised { get; init; }

    /// <summary>The settings of the training run.</summary>
    public IReadOnlyList<Fact> Settings { get; init; } = [];

    /// <summary>The report as a whole HTML document.</summary>
    public string ToHtml() => Beginning + ReportPage.Of(this) + "\n";

    /// <summary>Whether a file is a report, and so may be replaced by a newer one.</summary>
    /// <param name="file">The file, from its beginning.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsIn(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var found = new byte[Beginning.Length];
        var count = file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(found, 0, count) == Beginning;
    }
}
