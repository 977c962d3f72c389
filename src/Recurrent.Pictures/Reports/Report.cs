using System.Text;
using Recurrent.Pictures.Drawing;

namespace Recurrent.Pictures.Reports;

/// <summary>
/// A page on one training: what came of it, its curves, samples, what it learnt by heart, and its settings. One HTML file that
/// needs no other, no network and no scripts, legible on light and dark pages.
/// </summary>
public sealed record Report
{
    // What a file begins with, by which it is known.
    private const string Beginning = "<!DOCTYPE html>\n<!-- A training report by Recurrent -->\n";

    /// <summary>What was trained, such as the text's name.</summary>
    public required string Title { get; init; }

    /// <summary>The model and the text in one line.</summary>
    public required string Subtitle { get; init; }

    /// <summary>What came of it.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>The curves.</summary>
    public IReadOnlyList<Chart> Charts { get; init; } = [];

    /// <summary>What the model wrote, in the order of time.</summary>
    public IReadOnlyList<Sample> Samples { get; init; } = [];

    /// <summary>What the model learnt by heart; null where it cannot write.</summary>
    public Memorisation? Memorisation { get; init; }

    /// <summary>The settings of the training.</summary>
    public IReadOnlyList<Fact> Settings { get; init; } = [];

    /// <summary>The report as a whole HTML document.</summary>
    /// <exception cref="ArgumentException">A chart has nothing that can be drawn: see <see cref="LineChart"/>.</exception>
    public string ToHtml() =>
        Beginning
        + StaticRenderer.Render<ReportPage>(
            new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(ReportPage.Report)] = this }
        )
        + "\n";

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
