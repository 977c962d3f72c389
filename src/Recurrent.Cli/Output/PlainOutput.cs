using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>Lines that never move: for a file, a pipe or a dumb terminal.</summary>
/// <param name="output">For what is asked for.</param>
/// <param name="error">For what went wrong on the way.</param>
internal sealed class PlainOutput(TextWriter output, TextWriter error) : ITrainingOutput
{
    private TrainingRun? _run;

    public void Start(TrainingRun run)
    {
        _run = run;
        output.WriteLine(TrainingText.Heading(run));
    }

    public void Report(EpochReport report)
    {
        if (!SampleEpochs.ContainsPlain(report.Epoch, _run!.ExpectedEpochs))
        {
            return;
        }
        var validation = report.ValidationPerplexity is { } value
            ? $"  validation {Figures.Perplexity(value), 5}"
            : "";
        var sample = _run.Sample() is { } text ? $"  {SafeText.OneLine(text.Prefix + text.Text)}" : "";
        output.WriteLine(
            TrainingText.Epoch(_run, report.Epoch)
                + $"  perplexity {Figures.Perplexity(report.Perplexity), 5}{validation}"
                + $"  {Figures.Speed(report.TokensPerSecond), 8} tokens/s{sample.TrimEnd()}"
        );
    }

    public void Recover(TrainingRecovery recovery) => error.WriteLine(TrainingText.Recovery(recovery));

    public void Finish(string modelPath, IReadOnlyList<Continuation> continuations)
    {
        foreach (var line in TrainingText.Ending(_run!, modelPath, continuations))
        {
            output.WriteLine(line);
        }
    }

    public void Dispose() { }
}
