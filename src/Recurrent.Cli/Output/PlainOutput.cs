using Recurrent.Cli.Hosting;
using Recurrent.Cli.Training;
using Recurrent.Training;

namespace Recurrent.Cli.Output;

/// <summary>
/// Lines that never move, for a file, a pipe or a dumb terminal: one after some epochs and, where an epoch is long, one a
/// minute.
/// </summary>
/// <param name="output">For what is asked for.</param>
/// <param name="error">For what went wrong on the way.</param>
/// <param name="time">The clock.</param>
internal sealed class PlainOutput(TextWriter output, TextWriter error, TimeProvider time) : ITrainingOutput
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private TrainingRun? _run;
    private ITimer? _timer;
    private volatile bool _isDue;

    public void Start(TrainingRun run)
    {
        _run = run;
        output.WriteLine(TrainingText.Heading(run));
        _timer = time.CreateTimer(_ => _isDue = true, null, s_interval, s_interval);
        run.AfterMinibatch(ReportIfDue);
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
        var sample = _run.Sample() is { } text ? $"  {PrintableText.OneLine(text.Prefix + text.Text)}" : "";
        WriteLine(report, done: "", validation, sample);
    }

    public void Recover(TrainingRecovery recovery) => error.WriteLine(TrainingText.Recovery(recovery));

    public void Finish(string modelPath, string? reportPath, IReadOnlyList<Continuation> continuations)
    {
        foreach (var line in TrainingText.Ending(_run!, modelPath, reportPath, continuations))
        {
            output.WriteLine(line);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void ReportIfDue()
    {
        if (!_isDue)
        {
            return;
        }
        _isDue = false;
        if (_run!.Unfinished is { } report && report.Elapsed >= s_interval)
        {
            WriteLine(report, done: $"  {_run.EpochDone, 6:0.0%}", validation: "", sample: "");
        }
    }

    private void WriteLine(EpochReport report, string done, string validation, string sample)
    {
        output.WriteLine(
            $"{TrainingText.Epoch(_run!, report.Epoch)}{done}"
                + $"  perplexity {Figures.Perplexity(report.Perplexity), 5}{validation}"
                + $"  {Figures.Speed(report.TokensPerSecond), 8} tokens/s{sample.TrimEnd()}"
        );
    }
}
