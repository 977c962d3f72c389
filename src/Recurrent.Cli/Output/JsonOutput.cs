using Recurrent.Models;
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
            Write(new EpochJson(report.Epoch, perplexity, report.TokensPerSecond, report.GradientNorm));
            return;
        }
        Write(
            new ValidatedEpochJson(
                report.Epoch,
                perplexity,
                JsonLine.Finite(validation),
                report.TokensPerSecond,
                report.GradientNorm
            )
        );
    }

    public void Recovered(TrainingRecovery recovery)
    {
        Write(new RecoveryJson(recovery));
        error.WriteLine(TrainingText.Recovery(recovery));
    }

    public void CheckpointFailed(IOException failure) => error.WriteLine(TrainingText.CheckpointFailure(failure));

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<TrainingSample> continuations) =>
        Write(
            new TrainingEndJson(
                _session!.Trainer.Last is { } last ? JsonLine.Finite(last.Perplexity) : null,
                _session.TokensPerSecond,
                _session.EpochTime.TotalSeconds,
                ModelText.Weights(_session.Model),
                _session.Model.Configuration,
                modelPath,
                reportPath,
                [.. continuations.Select(text => new ContinuationJson(text.Prompt, text.Text))]
            )
        );

    public void Dispose() { }

    private void Write<T>(T value) => JsonLine.Write(output, value);
}

/// <summary>An epoch of a run without a validation text.</summary>
internal sealed record EpochJson(int Epoch, double? Perplexity, double TokensPerSecond, double GradientNorm);

/// <summary>An epoch of a run with a validation text.</summary>
internal sealed record ValidatedEpochJson(
    int Epoch,
    double? Perplexity,
    double? ValidationPerplexity,
    double TokensPerSecond,
    double GradientNorm
);

/// <summary>The run went back.</summary>
internal sealed record RecoveryJson(TrainingRecovery Recovery);

/// <summary>The end of a run.</summary>
internal sealed record TrainingEndJson(
    double? Perplexity,
    double TokensPerSecond,
    double Seconds,
    long Parameters,
    ModelConfiguration Configuration,
    string Model,
    string? Report,
    IReadOnlyList<ContinuationJson> Continuations
);

/// <summary>A text that the trained model wrote.</summary>
internal sealed record ContinuationJson(string Prefix, string Text);
