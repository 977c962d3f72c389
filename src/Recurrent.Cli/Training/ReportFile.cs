using System.Text;
using Recurrent.Cli.Hosting;
using Recurrent.Cli.Input;
using Recurrent.Formats;
using Recurrent.Reports;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>The report beside a model file.</summary>
internal static class ReportFile
{
    private static readonly OutputFile s_output = new(
        "is not a report",
        "move it away, or leave the report out with --no-report",
        Report.IsIn
    );

    /// <summary>The path of a model's report: several models in one folder each have their own.</summary>
    public static string PathFor(string modelPath)
    {
        var isUsual = modelPath.EndsWith(FilesNamed.ModelExtension, StringComparison.OrdinalIgnoreCase);
        return (isUsual ? modelPath[..^FilesNamed.ModelExtension.Length] : modelPath) + FilesNamed.ReportExtension;
    }

    /// <summary>A report can be written beside a model, and nothing else would be lost.</summary>
    /// <exception cref="IOException">
    /// A file of another kind or a folder is there, or the file cannot be written.
    /// </exception>
    public static void CheckDestination(string modelPath) => s_output.Check(PathFor(modelPath));

    /// <summary>Writes the report of a training run beside its model.</summary>
    /// <returns>Where it is, null for nowhere; and what was wrong, if anything.</returns>
    public static (string? Path, string? Problem) Write(TrainingSession session, string modelPath, string commandLine)
    {
        var path = PathFor(modelPath);
        try
        {
            var html = Encoding.UTF8.GetBytes(TrainingReport.ToHtml(session, commandLine));
            s_output.Write(path, stream => stream.Write(html));
            return (path, null);
        }
        catch (Exception error)
        {
            // Whatever it is, the model is saved and nothing is lost but its report.
            return (null, ErrorMessage.Of(error).Sentence);
        }
    }
}
