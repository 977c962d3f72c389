using System.Text;
using Recurrent.Cli.Hosting;
using Recurrent.Files;
using Recurrent.Reports;
using Recurrent.Training;

namespace Recurrent.Cli.Training;

/// <summary>The report beside a model file.</summary>
internal static class ReportFile
{
    private const string ModelExtension = ".safetensors";
    private const string Extension = ".report.html";

    /// <summary>The path of a model's report: several models in one folder each have their own.</summary>
    public static string PathFor(string modelPath)
    {
        var isUsual = modelPath.EndsWith(ModelExtension, StringComparison.OrdinalIgnoreCase);
        return (isUsual ? modelPath[..^ModelExtension.Length] : modelPath) + Extension;
    }

    /// <summary>A report may be written beside a model: nothing else would be lost.</summary>
    /// <exception cref="FailureException">A file that is no report stands there.</exception>
    public static void CheckDestination(string modelPath)
    {
        var path = PathFor(modelPath);
        if (!MayBeReplaced(path))
        {
            throw new FailureException(
                $"Cannot write {path}: a file that is not a report is there and would be lost; move it away, or "
                    + "leave the report out with --no-report."
            );
        }
    }

    /// <summary>Writes the report of a training run beside its model.</summary>
    /// <returns>Where it is, null for nowhere; and what was wrong, if anything.</returns>
    public static (string? Path, string? Problem) Write(TrainingSession session, string modelPath)
    {
        var path = PathFor(modelPath);
        try
        {
            CheckDestination(modelPath);
            var html = Encoding.UTF8.GetBytes(TrainingReport.ToHtml(session));
            AtomicFile.Write(path, stream => stream.Write(html));
            return (path, null);
        }
        catch (Exception error)
        {
            // Whatever it is, the model is saved and nothing is lost but its report.
            return (null, ErrorMessage.Of(error).Sentence);
        }
    }

    private static bool MayBeReplaced(string path)
    {
        if (!File.Exists(path))
        {
            return true;
        }
        using var file = File.OpenRead(path);
        return file.Length == 0 || Report.IsIn(file);
    }
}
