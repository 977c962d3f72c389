using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>One JSON object a line: one for each epoch, one where the training went back, and a last one; nothing else.</summary>
/// <param name="output">For the objects.</param>
/// <param name="error">For what went wrong on the way, in words.</param>
internal sealed class JsonOutput(TextWriter output, TextWriter error) : ITrainingOutput
{
    private TrainingRun? _run;

    public void Start(TrainingRun run) => _run = run;

    public void Report(EpochReport report)
    {
        var perplexity = JsonLine.Finite(report.Perplexity);
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
                ValidationPerplexity = JsonLine.Finite(validation),
                report.TokensPerSecond,
                report.GradientNorm,
            }
        );
    }

    public void Recover(TrainingRecovery recovery)
    {
        Write(new { Recovery = recovery });
        error.WriteLine(TrainingText.Recovery(recovery));
    }

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<Continuation> continuations) =>
        Write(
            new
            {
                Perplexity = _run!.Last is { } last ? JsonLine.Finite(last.Perplexity) : null,
                _run.TokensPerSecond,
                Seconds = _run.Elapsed.TotalSeconds,
                _run.Parameters,
                _run.Model.Configuration,
                Model = modelPath,
                Report = reportPath,
                Continuations = continuations,
            }
        );

    public void Dispose() { }

    private void Write<T>(T value) => JsonLine.Write(output, value);
}
