using System.Text.Encodings.Web;
using System.Text.Json;
using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>One JSON object a line, one for each epoch and a last one, and nothing else.</summary>
internal sealed class JsonOutput(TextWriter output) : ITrainingOutput
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        // For a pipe, not for a web page: letters of every script stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private TrainingRun? _run;

    public void Start(TrainingRun run) => _run = run;

    public void Report(EpochReport report)
    {
        var perplexity = Finite(report.Perplexity);
        if (report.ValidationPerplexity is not { } validation)
        {
            Write(
                new
                {
                    report.Epoch,
                    Perplexity = perplexity,
                    report.TokensPerSecond,
                    report.GradientNorm,
                }
            );
            return;
        }
        Write(
            new
            {
                report.Epoch,
                Perplexity = perplexity,
                ValidationPerplexity = Finite(validation),
                report.TokensPerSecond,
                report.GradientNorm,
            }
        );
    }

    public void Finish(string modelPath, IReadOnlyList<Continuation> continuations) =>
        Write(
            new
            {
                Perplexity = _run!.Last is { } last ? Finite(last.Perplexity) : null,
                _run.TokensPerSecond,
                Seconds = _run.Elapsed.TotalSeconds,
                _run.Parameters,
                _run.Model.Configuration,
                Model = modelPath,
                Continuations = continuations,
            }
        );

    public void Dispose() { }

    // JSON has no infinity, and the perplexity of a loss above 709 is one.
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private void Write<T>(T value) => output.WriteLine(JsonSerializer.Serialize(value, s_options));
}
