using Recurrent.Reports;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>
/// One JSON object a line: one for each epoch, one where the run went back, and a last one; nothing else.
/// </summary>
/// <param name="output">For the objects.</param>
/// <param name="error">For what went wrong on the way, in words.</param>
internal sealed class JsonOutput(TextWriter output, TextWriter error) : ITrainingOutput
{
    private TrainingSession? _session;

    public void Started(TrainingSession session) => _session = session;

    public void EpochEnded(EpochReport report, TrainingSample? sample, int epochsExpected)
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

    public void Recovered(TrainingRecovery recovery)
    {
        Write(new { Recovery = recovery });
        error.WriteLine(TrainingText.Recovery(recovery));
    }

    public void CheckpointFailed(IOException failure) => error.WriteLine(TrainingText.CheckpointFailure(failure));

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<TrainingSample> continuations) =>
        Write(
            new
            {
                Perplexity = _session!.Trainer.Last is { } last ? JsonLine.Finite(last.Perplexity) : null,
                _session.TokensPerSecond,
                Seconds = _session.EpochTime.TotalSeconds,
                Parameters = ModelText.Weights(_session.Model),
                _session.Model.Configuration,
                Model = modelPath,
                Report = reportPath,
                Continuations = continuations.Select(text => new { Prefix = text.Prompt, text.Text }),
            }
        );

    public void Dispose() { }

    private void Write<T>(T value) => JsonLine.Write(output, value);
}
