using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>One JSON object a line, one for each epoch and a last one, and nothing else.</summary>
internal sealed class JsonOutput(TextWriter output) : ITrainingOutput
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

    public void Finish(string modelPath, IReadOnlyList<Continuation> continuations) =>
        Write(
            new
            {
                Perplexity = _run!.Last is { } last ? JsonLine.Finite(last.Perplexity) : null,
                _run.TokensPerSecond,
                Seconds = _run.Elapsed.TotalSeconds,
                _run.Parameters,
                _run.Model.Configuration,
                Model = modelPath,
                Continuations = continuations,
            }
        );

    public void Dispose() { }

    private void Write<T>(T value) => JsonLine.Write(output, value);
}
